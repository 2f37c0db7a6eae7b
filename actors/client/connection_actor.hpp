#pragma once

#include "actors/client/connection.hpp"
#include "actors/client/connection_messages.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// Takes a client's messages: answers heartbeats, routes joins and events by topic, holds the limits.
///
/// Accepts `wake`, `socket_closed`, `disconnect`, `drain` and `expiry_due`.
/// Started by the connection pool of its io unit when a client is let in, `transient`. When it crashes its successor takes over the
/// same socket: joins and waiting messages stay with the `connection`; past its intensity the socket is closed with 1011.
/// When a channel dies nothing happens here: its join tells the client. When the client goes, `socket_closed` ends it normally.
/// Thread safety: pinned to the io unit of its connection.
class connection_actor : public process {
public:
  connection_actor(caf::actor_config& config, connection_ptr link);

  std::string label() const override;
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void drain_inbox();
  void handle(client_message message);
  bool forward(client_message& message);
  void join(client_message message);
  void start(caf::intrusive_ptr<channel_join> join);
  void reply(const client_message& to, std::string_view status, const payload& response);

  void close_all(uint16_t code);

  // -- limits (connection_limits.cpp) -------------------------------------------

  bool join_over_limit(const client_message& message, const channel_route& route);
  bool event_over_limit(const client_message& message, channel_join* there);
  bool over_limit(const client_message& message, std::string_view limit);

  // -- expiry (connection_expiry.cpp) -------------------------------------------

  bool refresh(const client_message& message);
  void await_expiry();
  void expire(expiry_due x);

  connection_ptr connection_;
};

/// The child spec of the actor of `x`.
child_spec connection_child(connection_ptr x);

} // namespace bennu::engine
