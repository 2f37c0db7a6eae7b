#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "transport/cluster/gate.hpp"

namespace bennu::engine {

/// One connection on its way through the gate: TCP, TLS, greetings. Everything happens on the gate's thread; whatever ends it closes it.
class cluster_greeter : public std::enable_shared_from_this<cluster_greeter> {
public:
  /// An accepted connection, or (`dials`) one to be made.
  cluster_greeter(cluster_gate& gate, boost::asio::ip::tcp::socket socket, bool dials);
  ~cluster_greeter();

  /// Runs to the end. REQUIRES: a shared pointer owns it
  boost::asio::awaitable<dial_outcome> run(std::optional<boost::asio::ip::tcp::endpoint> target);

  /// Ends it early.
  void close();

private:
  /// What ends it: thrown within.
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
  boost::asio::awaitable<void> read_exactly(char* to, std::size_t size);
  boost::asio::awaitable<void> wait_for(int tls_error);
  void hold();
  void hand_over();
  void keep_deadline();
  std::string reason() const;

  cluster_gate& gate_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer pause_;
  const bool dials_;
  ssl_ptr tls_;
  peer peer_;
  std::string address_;
  std::string closed_because_;
  bool is_choosing_ = false;
  std::uint64_t held_ = 0; // the number under which it is held, and not handed over yet
};

} // namespace bennu::engine
