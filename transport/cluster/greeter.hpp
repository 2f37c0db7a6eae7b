#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "actors/cluster/link/link_record.hpp"
#include "transport/cluster/admission.hpp"
#include "transport/cluster/dials.hpp"
#include "transport/cluster/tls.hpp"
#include <bennu/transport/cluster_options.hpp>

namespace bennu::engine {

/// What a greeter needs of its gate. Every call is on the gate's thread.
class greeter_host {
public:
  virtual ~greeter_host() = default;

  virtual boost::asio::io_context& loop() = 0;
  virtual caf::actor_system& system() = 0;
  virtual const cluster_options& options() const = 0;
  virtual const ssl_context& tls() const = 0; ///< null: without certificates
  virtual cluster_admission& admission() = 0;

  /// A number for a connection that the admission holds.
  virtual uint64_t next_connection() = 0;

  /// The number of greeters went up or down.
  virtual void count_pending(int change) = 0;

  virtual void opened(link_connection_ptr x) = 0;

  /// What the scribe of a connection calls when it is destroyed, on any thread, even after the gate's end.
  virtual std::function<void()> when_gone(std::string name, uint64_t connection) = 0;

  virtual void refused(const refusal& x) = 0;
};

/// One connection on its way through the gate: TCP, TLS, greetings. Everything happens on the gate's thread; whatever
/// ends it closes it.
class cluster_greeter : public std::enable_shared_from_this<cluster_greeter> {
public:
  /// An accepted connection, or (`dials`) one to be made.
  cluster_greeter(greeter_host& gate, boost::asio::ip::tcp::socket socket, bool dials);
  ~cluster_greeter();

  /// Runs to the end. REQUIRES: a shared pointer owns it
  boost::asio::awaitable<dial_outcome> run(std::optional<boost::asio::ip::tcp::endpoint> target);

  /// Ends it early.
  void close();

private:
  /// Thrown within it, to end it.
  struct ended {
    dial_outcome::kind what;
    std::string why;
  };

  boost::asio::awaitable<void> greet(std::optional<boost::asio::ip::tcp::endpoint> target);
  boost::asio::awaitable<void> connect(boost::asio::ip::tcp::endpoint target);
  boost::asio::awaitable<void> shake_hands();
  boost::asio::awaitable<void> meet();
  boost::asio::awaitable<void> choose();
  boost::asio::awaitable<void> lead();
  boost::asio::awaitable<void> follow();
  boost::asio::awaitable<void> refuse(std::string why);
  boost::asio::awaitable<void> write(const greeting& what);
  boost::asio::awaitable<greeting> read();
  boost::asio::awaitable<void> read_exactly(char* to, size_t size);
  boost::asio::awaitable<void> wait_for(int tls_error);
  void hold();
  void hand_over();
  void keep_deadline();
  void report(const dial_outcome& outcome);
  std::string reason();

  greeter_host& gate_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer pause_;
  const bool dials_;
  ssl_ptr tls_;
  peer peer_;
  std::string address_;
  std::string closed_because_;
  bool is_choosing_ = false;
  bool is_certificate_refused_ = false; // by one of the two sides
  uint8_t protocol_ = 0;
  uint64_t held_ = 0; // the number under which it is held, and not handed over yet
};

} // namespace bennu::engine
