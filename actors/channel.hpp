#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/message_handler.hpp>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel_presence.hpp>
#include <bennu/actors/event_table.hpp>
#include <bennu/actors/fwd.hpp>
#include <bennu/actors/reply.hpp>
#include <bennu/actors/socket.hpp>
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/exit.hpp>

namespace bennu::engine {
class channel_actor;
class channel_join;
} // namespace bennu::engine

namespace bennu {

class deferred_reply;

/// What a channel is made from; handed through by `using channel::channel;`.
struct channel_context {
  engine::channel_actor& actor;
  engine::channel_join& membership;
};

/// A topic as one client sees it: written by the user, one instance a join. Source: Phoenix.Channel.
///
/// Runs as a CAF actor, pinned to the io unit of its connection: every callback is called on that unit's thread, one at a
/// time, and must not block it. Members are what Phoenix calls assigns; they begin anew when the channel is restarted after a crash.
///
/// An exception in a callback is a crash: see `channel_options` for what follows.
class channel {
public:
  explicit channel(channel_context context) noexcept : context_(context) {}
  virtual ~channel() = default;
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  // -- what a user writes -----------------------------------------------------

  /// Decides whether the client may join. Returns `accept{response}`, `refuse{response}`, or `defer_join{}` when somebody must be
  /// asked first (see `decide_join`). `params` is the join payload (a binary one arrives as `json::binary`, one nested deeper than
  /// `payload::max_depth` as `discarded`; `join_params` has it as it came). Nothing can be pushed yet: send yourself a message for what
  /// follows the join.
  /// Called again, with the same params, when the channel is restarted after a crash.
  virtual join_result join(const json& params) = 0;

  /// The events from the client that this class handles. An event that is not listed crashes the channel, as in Phoenix.
  virtual const event_table& handle_in() const;

  /// The broadcasts that are not to go straight to the client: each calls its handler, which may `push` something instead.
  /// The handler's return value must be `reply::none()`, with or without `.stop()`.
  virtual const event_table& handle_out() const;

  /// Every other message to this actor, as an ordinary CAF behavior. A message that no handler takes is dropped and reported.
  virtual caf::message_handler handle_info();

  /// Called after a restart in place, when the new `join` accepted: tell the client what it must know again.
  virtual void restarted(const exit_info& crash);

  /// Called once at the end of a client that had joined: after a leave, a stop, a closed socket or a shutdown, with the reason; not
  /// after a crash. After a leave what is pushed here still reaches the client.
  virtual void terminate(const caf::error& reason);

  // -- what a user calls ------------------------------------------------------

  /// The actor that runs this channel.
  caf::event_based_actor* self() const noexcept;

  const std::string& topic() const noexcept;

  /// The part of the topic that the `*` of its route stands for: "lobby" of "room:lobby".
  std::string_view subtopic() const noexcept;

  /// The join payload exactly as it came.
  const payload& join_params() const noexcept;

  /// Sends to this client alone.
  void push(std::string_view event, const payload& body = {}) const;

  /// Sends to every subscriber of this topic, on every node; this client's own copy comes before anything pushed later.
  void broadcast(std::string_view event, const payload& body = {}) const;

  /// As `broadcast`, but not to this client.
  void broadcast_from(std::string_view event, const payload& body = {}) const;

  /// As `broadcast`, on another topic.
  void broadcast_to(std::string topic, std::string_view event, const payload& body = {}) const;

  /// The same for a braced list: `push("joined", {{"user", name}})`.
  void push(std::string_view event, const json& body) const { push(event, payload(body)); }
  void broadcast(std::string_view event, const json& body) const { broadcast(event, payload(body)); }
  void broadcast_from(std::string_view event, const json& body) const { broadcast_from(event, payload(body)); }
  void broadcast_to(std::string topic, std::string_view event, const json& body) const {
    broadcast_to(std::move(topic), event, payload(body));
  }

  /// Who is in this topic, on all nodes; the channel tracks itself.
  channel_presence presence() const;

  /// Answers the event that is being handled, later, from any actor or thread. The handler returns `reply::none()`.
  /// @throws std::logic_error when called outside of a `handle_in` handler.
  deferred_reply defer() const;

  /// Decides a join that `join` deferred: `accept{response}` or `refuse{response}`, from a handler of `handle_info`.
  ///
  ///     join_result join(const json&) override { ask(shop, self()); return defer_join{}; }
  ///     caf::message_handler handle_info() override { return {[this](seats x) { decide_join(accept{{{"seats", x.free}}}); }}; }
  ///
  /// Until then the client is neither answered nor subscribed, and its events wait. When it leaves, joins anew or goes away meanwhile
  /// the channel ends without `terminate`; when the channel crashes the client hears "join crashed". After a restart in place the client
  /// stays joined while its channel decides again, and only its events wait; then `restarted` is called, or the client gets `phx_error`.
  /// @throws std::logic_error when no join waits for a decision.
  void decide_join(join_decision decision) const;

  /// Does `task` on a pool for work that blocks (files, databases, what computes for long), then calls `then` with its result, here.
  ///
  ///     {"find", [](room& self, const json& in) {
  ///        return self.blocking([id = in.at("id").get<int>()] { return slow_lookup(id); },
  ///                             [](const item& found) { return reply::ok({{"name", found.name}}); });
  ///      }},
  ///
  /// Meanwhile this channel handles nothing else: its later events and messages wait; but for the answers to its own requests, and the
  /// ends of actors it watches, whose handlers must not call `blocking`. Nobody else waits. `then` returns what a
  /// handler of `handle_in` may return; its reply answers the event whose handler called `blocking`. It may call `blocking` again.
  /// When `task` throws the channel crashes. When the pool is full or stopping, the event is answered `error {"reason":"unavailable"}`.
  ///
  /// `task` runs on another thread and may outlive the channel: it must own what it uses. Called from `join`, `then` decides the join.
  /// @returns what the handler has to return.
  /// @throws std::logic_error while an earlier `task` is not done.
  template <class Work, class Then>
  reply blocking(Work task, Then then) const {
    return blocking(pool_of_node(), std::move(task), std::move(then));
  }

  /// The same on a pool of the application's own.
  template <class Work, class Then>
  reply blocking(const blocking_pool& pool, Work task, Then then) const {
    using result = std::invoke_result_t<Work&>;
    if constexpr (std::is_void_v<result>) {
      return block(
        pool, [task = std::move(task)]() mutable { task(); },
        [then = std::move(then)]() mutable { return call(then); });
    } else {
      auto found = std::make_shared<std::optional<result>>();
      return block(
        pool, [found, task = std::move(task)]() mutable { found->emplace(task()); },
        [found, then = std::move(then)]() mutable { return call(then, std::move(**found)); });
    }
  }

  /// Ends the channel after the running handler: the client sees `phx_close`.
  void stop() const;

  /// The user's socket. REQUIRES: the endpoint serves with `T`.
  template <class T>
  T& socket_as() const {
    return static_cast<T&>(socket_of_connection());
  }

  transport_kind transport() const noexcept;

private:
  template <class F, class... Ts>
  static reply call(F& f, Ts&&... xs) {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, Ts...>>)
      return f(std::forward<Ts>(xs)...), reply::none();
    else
      return f(std::forward<Ts>(xs)...);
  }

  reply block(const blocking_pool& pool, std::function<void()> task, std::function<reply()> then) const;
  const blocking_pool& pool_of_node() const noexcept;
  socket& socket_of_connection() const noexcept;

  channel_context context_;
};

} // namespace bennu
