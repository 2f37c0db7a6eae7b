#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/cluster/link/link_record.hpp"
#include "actors/cluster/link/link_session.hpp"
#include "actors/cluster/names/name_table.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// A connection for this link.
struct link_opened {
  using local_message = void;
  link_connection_ptr connection;
};

/// The scribe of a connection is destroyed: CAF's distributed messaging has forgotten it, or will before it handles
/// anything sent from now on.
struct link_gone {
  using local_message = void;
  uint64_t connection;
};

/// Something waits in the queue.
struct link_wake {
  using local_message = void;
};

struct link_cut {
  using local_message = void;
  std::string why;
};

/// The peer is lost for good. It has no effect when the peer has returned meanwhile.
struct link_forget {
  using local_message = void;
};

/// News for the peer's membership.
struct link_tell {
  using local_message = void;
  std::string news;
};

/// Names of this node that changed.
struct link_names {
  using local_message = void;
  std::vector<name_entry> changes;
};

/// The link to one peer: runs the `link_session` over the connection that it is given.
///
/// Accepts the messages above, and the `link_message`s and `names_message`s of the peer's link actor, whose handle it
/// learns from a `link_message`. Started by the supervisor of the links, transient: it ends by itself when its node is
/// forgotten. When a session ends, its connection is closed, so that both sides begin again on a new one. When this
/// actor ends, its session ends; when the peer's actor ends, the connection is cut. When its supervisor stops it, it
/// takes nothing more from the hub and ends as soon as the peer has acknowledged the rest, at the latest after
/// `link_timing::timeout`. Like any process of Erlang it ends with an abnormal signal of anybody else, and its
/// supervisor starts it again.
///
/// It runs on the thread of CAF's multiplexer, beside the broker, which saves every message two hops between threads.
class link_actor : public process {
public:
  link_actor(caf::actor_config& config, link_host& owner, std::shared_ptr<link_record> record);

  std::string label() const override { return "link to " + record_->name; }
  std::string detail() const override { return to_string(record_->state()); }
  size_t memory() const noexcept override;
  subtype_t subtype() const override { return io_actor; }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void opened(link_connection_ptr connection);
  void adopt(link_connection_ptr connection);
  void dial(const link_connection_ptr& connection);
  void publish(const link_connection_ptr& connection);
  void gone(uint64_t connection);
  void finish();
  void quit_if_done();
  void shut(const std::string& why);
  void receive(link_message& message);
  void pump();
  void tick();
  void report();
  void send_names(bool whole, const std::vector<name_entry>& entries);
  void set_connected(bool connected);
  void flush();
  void handle(link_event&& event);

  link_host& owner_;
  std::shared_ptr<link_record> record_;
  link_session session_;
  caf::actor broker_;
  uint16_t port_; // names this actor in the broker's table; nothing listens there
  bool is_published_ = false;
  caf::actor peer_;
  link_connection_ptr current_;
  link_connection_ptr next_;
  link_session::time_point since_{};                      // when the current connection was adopted
  std::string why_;                                       // it was cut, if this side did so
  std::optional<link_session::time_point> finish_before_; // its supervisor stops it
  unsigned ticks_ = 0;
  uint64_t received_bytes_ = 0; // that the record does not know yet
};

} // namespace bennu::engine
