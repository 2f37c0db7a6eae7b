#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/fwd.hpp>

#include "transport/cluster/certificates.hpp"
#include "transport/cluster/greeter.hpp"
#include <bennu/transport/cluster_options.hpp>

namespace bennu::engine {

/// Accepts and dials the connections of a node, on its own thread, and passes on those that have proved their identity.
///
/// A connection has one deadline for TCP, TLS and the greetings. Before it has passed them all, nothing else of the
/// node sees it. Emits `link.refused {count} {address, name, why}` when refusals of a kind begin, at most one a second,
/// and `link.refused_over {count} {address, name, why}` when they end (see `refusals`); and `limit.hit` when newer
/// connections replace pending ones.
///
/// Thread safety: any thread. Stop it before the actor system ends.
class cluster_gate : public std::enable_shared_from_this<cluster_gate>, private greeter_host {
public:
  struct handlers {
    std::function<void(link_connection_ptr)> opened;                        ///< a connection to hand over
    std::function<void(const std::string& name, uint64_t connection)> gone; ///< its scribe was destroyed
  };

  cluster_gate(caf::actor_system& system, const cluster_options& options, peer self, handlers to);
  ~cluster_gate() override;

  /// Binds the listening socket; nothing is accepted yet.
  /// @returns the port
  /// @throws std::runtime_error with the reason
  uint16_t bind();

  void start();

  /// Returns when the thread has ended. No connection is passed on afterwards.
  void stop();

  /// Later connections use these certificates.
  void use(ssl_context tls);

  /// How long they are valid; nothing without certificates.
  std::optional<certificate_terms> terms() const;

  /// Accepts from now on. `lost` is called on the gate's thread when the socket will never accept again.
  void accept(std::function<void(const std::string& why)> lost);

  /// Accepts nothing until the next `accept`.
  void pause();

  /// Resolves the address and dials all of its endpoints except those in `skip`. `then` is called on the gate's thread.
  void dial(std::string address, std::set<std::string> skip, std::function<void(dial_report)> then);

  /// Calls `f` on the gate's thread.
  void post(std::function<void()> f) { boost::asio::post(loop_, std::move(f)); }

  /// Connections under way.
  size_t pending() const noexcept { return pending_count_; }

private:
  // -- for its greeters ---------------------------------------------------------

  boost::asio::io_context& loop() override { return loop_; }
  caf::actor_system& system() override { return system_; }
  const cluster_options& options() const override { return options_; }
  const ssl_context& tls() const override { return tls_; }
  cluster_admission& admission() override { return admission_; }
  uint64_t next_connection() override { return ++last_connection_; }
  void count_pending(int change) override { pending_count_ += static_cast<size_t>(change); }
  void opened(link_connection_ptr x) override;
  std::function<void()> when_gone(std::string name, uint64_t connection) override;
  void refused(const refusal& x) override;

  void accept_next();
  void accepted(boost::asio::ip::tcp::socket socket);
  void connection_gone(const std::string& name, uint64_t connection);
  void look_at_refusals();
  void tell_refusals();

  caf::actor_system& system_;
  const cluster_options options_;
  const handlers to_;
  std::atomic<size_t> pending_count_{0};
  boost::asio::io_context loop_{1}; // its handlers use the members above, so it is destroyed before them
  boost::asio::ip::tcp::acceptor acceptor_{loop_};
  boost::asio::steady_timer accept_pause_{loop_};
  std::thread thread_;
  std::atomic<bool> is_stopped_{false};
  mutable std::mutex terms_mutex_;
  std::optional<certificate_terms> terms_; // guarded by terms_mutex_

  // Only the gate's thread uses these.
  ssl_context tls_;
  cluster_admission admission_;
  refusals refusals_;
  boost::asio::steady_timer refusals_timer_{loop_};
  std::function<void(const std::string&)> lost_; // set: it accepts
  bool is_waiting_ = false;
  uint64_t last_connection_ = 0;
  std::list<std::weak_ptr<class cluster_greeter>> strangers_; // accepted, oldest first
};

} // namespace bennu::engine
