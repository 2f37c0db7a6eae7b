#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "actors/client/channel_join.hpp"
#include "actors/client/channel_route.hpp"
#include "actors/client/connection_messages.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/actors/reply.hpp>
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// A message of a channel to itself: an event that a fault has delayed.
struct late_event {
  using local_message = void;
  client_message message;
};

/// Runs one channel: it takes the waiting items of the join, calls the callbacks of the user's class, and sends their
/// results.
///
/// It accepts `wake`, `deferred_answer`, `join_overdue` and all messages that the channel's `handle_info` accepts.
/// The dynamic supervisor of its io unit starts it when a client joins, `temporary` or `transient` as the route says.
/// It tells the join (`join_state`) what happens to the channel, and carries out the effects that concern the actor.
///
/// When the channel throws, the actor ends. The join stays, and a transient channel gets a new actor, which calls
/// `join` again and continues with the waiting items. A crash of the connection's actor has no effect here. When the
/// client disconnects, the join delivers `socket_closed`.
/// Thread safety: pinned to the io unit of its connection.
class channel_actor : public process {
public:
  channel_actor(caf::actor_config& config, channel_join_ptr membership, start_cause cause);

  std::string label() const override;
  message_note last_message() override;
  void on_exit() override;

  /// What the user's class says that it holds (`channel::memory`).
  size_t own_bytes() const noexcept;

  /// The same, with the events and broadcasts that wait for the channel.
  size_t memory() const noexcept override;

  // -- called by the channel --------------------------------------------------

  void request_stop();
  void decide_join(join_decision decision);
  deferred_reply defer();

  /// Runs `job` on the pool and calls `then` when it is done. Meanwhile nothing else is handled.
  reply block(const blocking_pool& pool, blocking_job job, std::function<reply()> then);

protected:
  caf::behavior make_behavior() override;

private:
  // -- start --------------------------------------------------------------------

  void begin();
  std::optional<join_result> ask_to_join();
  void follow(join_result decision);
  void accepted(const payload& response);
  void refused(const payload& response, std::string_view why_after_restart);
  void overdue();

  // -- work ---------------------------------------------------------------------

  void drain_inbox();
  void handle(channel_item item);
  void handle_event(const client_message& message);
  void handle_measured(const client_message& message, telemetry& hub);
  reply call_handler(const client_message& message);
  reply run_handler(const client_message& message);
  reply suffer(const fault_rule& rule, const client_message& message);
  void handle_late(const client_message& message);
  void event_crashed(const client_message& message);
  void handle_intercepted(const client_message& message);
  void handle_deferred(const deferred_answer& x);
  void conclude(const raw_ref* ref, const reply& answer);
  void unblocked(const std::optional<raw_ref>& ref, const std::function<reply()>& then);
  void conclude_work(const std::optional<raw_ref>& ref, const std::function<reply()>& then);
  void not_unblocked(const std::optional<raw_ref>& ref, const caf::error& why);
  void hold_messages();

  // -- end --------------------------------------------------------------------

  void end(join_input how, const caf::error& why, std::string_view leave_ref = {});
  void told_to_exit(const caf::exit_msg& x);
  void ended_by_itself();

  channel_join_ptr join_;
  std::unique_ptr<channel> user_;
  start_cause cause_;
  const client_message* current_ = nullptr;  ///< the event that `handle_in` handles now
  std::unique_ptr<message_note> crashed_in_; ///< the event whose handler threw
};

} // namespace bennu::engine
