#pragma once

#include "actors/client/connection.hpp"
#include "actors/client/connection_messages.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// Starts the channels that one client joins, refreshes its right to be connected, and routes the messages that arrive
/// meanwhile; all others are routed by the `connection` itself.
///
/// It accepts `wake`, `socket_closed`, `disconnect`, `drain`, `expiry_due` and `route_failed`. The dynamic supervisor
/// of its io unit starts it when a client has connected, `transient`. When it crashes, its successor takes over the
/// same session: joins and waiting messages belong to the `connection`. When its intensity is exceeded, the session is
/// closed with 1011.
///
/// When a channel ends, its join tells the client. When the client disconnects, `socket_closed` ends this actor
/// normally.
/// Thread safety: pinned to the io unit of its connection.
class connection_actor : public process {
public:
  connection_actor(caf::actor_config& config, connection_ptr of);

  std::string label() const override;

  /// What waits for the client, and what of the client's waits to be handled.
  size_t memory() const noexcept override;
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void drain_inbox();
  void handle(client_message message);
  bool refresh_or_route(client_message& message);
  void join(client_message message);
  void start(caf::intrusive_ptr<channel_join> join);
  void close_all(uint16_t code);

  // -- expiry (connection_actor.expiry.cpp) -------------------------------------

  bool refresh(const client_message& message);
  void await_expiry();
  void expire(expiry_due x);

  connection_ptr connection_;
};

/// The child spec of the actor of `x`.
child_spec connection_child(connection_ptr x);

} // namespace bennu::engine
