#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <bennu/actors/event_table.hpp>
#include <bennu/actors/fwd.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/actors/reply.hpp>
#include <bennu/actors/socket.hpp>

namespace bennu::engine {

template <class Then, class Result>
constexpr bool continues_with_result() {
  using outcome =
    typename std::conditional_t<std::is_void_v<Result>, std::invoke_result<Then&>, std::invoke_result<Then&, Result>>;
  if constexpr (requires { typename outcome::type; })
    return std::is_void_v<typename outcome::type> || std::is_convertible_v<typename outcome::type, reply>;
  else
    return false;
}

template <class Then, class Result>
concept continues_with = continues_with_result<Then, Result>();

} // namespace bennu::engine

namespace bennu {

class blocking_pool;
class deferred_reply;
struct exit_info;
struct history_page;

/// What a channel holds. See `channel::size`.
struct channel_size {
  size_t own_bytes = 0;        ///< what `channel::memory` says
  size_t waiting_messages = 0; ///< events of the client and intercepted broadcasts that wait for the channel
  size_t waiting_bytes = 0;    ///< of these
  size_t mailbox = 0;          ///< messages of actors that wait for the channel
  size_t unsent_bytes = 0;     ///< what waits for the client, from all its channels together
};

/// Handles one client's join of one topic. The user derives a class from it; each join has one instance.
///
/// A channel receives events from its client (`handle_in`), broadcasts of its topic that it intercepts (`handle_out`)
/// and messages from other actors (`handle_info`). It sends replies, pushes and broadcasts. The endpoint starts it
/// when a client joins a topic of its route, with the restart of `channel_options` (by default `transient`).
///
/// An exception in a callback crashes the channel. A `transient` channel then restarts in place with a new instance:
/// its members, which Phoenix calls assigns, start anew, and the client stays joined. A `temporary` channel ends and
/// the client receives `phx_error`. When the client leaves or disconnects, the channel ends after `terminate`. When
/// another node crashes, the channel notices it only in presence diffs.
///
/// Thread safety: a channel is a CAF actor that runs on the thread of its connection's io unit. Callbacks run one at
/// a time and must not block (see `blocking`). All member functions must be called from its callbacks.
/// Source: Phoenix.Channel.
class channel {
public:
  /// The endpoint calls it. A class without members of its own takes it over with `using channel::channel;`; every
  /// other constructor passes the context on.
  explicit channel(channel_context context) noexcept : context_(context) {}
  virtual ~channel() = default;
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  // -- what a user writes -----------------------------------------------------

  /// Decides whether the client may join. Source: Phoenix.Channel, `join/3`.
  ///
  /// `params` is the payload of the join. A binary payload arrives as `json::binary`, and one nested deeper than
  /// `payload::max_depth` as `discarded`; `join_params()` returns both unchanged.
  ///
  /// It is called again with the same params when the channel restarts after a crash, so that side effects happen
  /// twice. It cannot `push` or `broadcast`, because the client has not joined yet: send a message to `self()` and push
  /// in `handle_info`. A restart runs it for a client that has joined, so that it can.
  /// @returns `accept{response}`, `refuse{response}`, or `defer_join{}` to decide later with `decide_join`.
  virtual join_result join(const json& params) = 0;

  /// The events from the client that this class handles. Any other event crashes the channel, as in Phoenix.
  /// Source: Phoenix.Channel, `handle_in/3`.
  /// @returns a table that outlives all channels of the class, usually a static one.
  virtual const event_table& handle_in() const;

  /// The broadcasts that this class intercepts. The client does not receive them; the handler may `push` something
  /// instead. A handler must return `reply::none()`, with or without `.stop()`.
  /// Source: Phoenix.Channel, `intercept/1` and `handle_out/3`.
  virtual const event_table& handle_out() const;

  /// The handlers for messages from other actors, as in any CAF behavior. A message without a handler is dropped and
  /// reported as a telemetry event. Source: Phoenix.Channel, `handle_info/2`.
  virtual caf::message_handler handle_info();

  /// Called after a restart in place, when the new instance has accepted the join. The place to push state again that
  /// the client may have missed. Phoenix has no such callback, because its clients rejoin.
  virtual void restarted(const exit_info& crash);

  /// Called once when a joined channel ends: after a leave, a `stop`, a closed connection or a shutdown. It is not
  /// called after a crash. After a leave the client still receives what is pushed here.
  /// Source: Phoenix.Channel, `terminate/2`.
  virtual void terminate(const caf::error& reason);

  /// How many bytes the members of this channel hold, as far as it knows; it must not throw or block. Bennu adds it to
  /// what it knows itself when it looks at the size of a channel; see `size`. 0 by default: C++ has no way to ask.
  virtual size_t memory() const noexcept { return 0; }

  // -- what a user calls ------------------------------------------------------

  /// What this channel holds now, and what waits for it and for its client. Every 30 s the server looks at all
  /// channels, and emits `channel.large` for each of more than 10 MB.
  /// Source: `Process.info(self(), [:memory, :message_queue_len])`, of which C++ knows only this much.
  channel_size size() const;

  /// The actor that runs this channel, for sending, requesting and monitoring.
  /// Using it, and writing `handle_info`, needs `#include <bennu/actors/message.hpp>`.
  caf::event_based_actor* self() const noexcept;

  /// The topic that the client joined, such as `room:lobby`.
  const std::string& topic() const noexcept;

  /// The part of the topic that matches the `*` of its route: "lobby" for "room:lobby" and the route "room:*".
  std::string_view subtopic() const noexcept;

  /// The payload of the join, unchanged.
  const payload& join_params() const noexcept;

  /// Sends an event to this client only.
  /// @throws std::logic_error, as `broadcast` and `broadcast_from` do, when the client has not joined yet, as in
  /// Phoenix; std::invalid_argument when `event` is not valid UTF-8, or is too long for a binary frame (255 bytes).
  void push(std::string_view event, const payload& body = {}) const;

  /// Sends an event to all subscribers of this topic on all nodes. This client receives it before any later push.
  /// @throws std::invalid_argument, as the two functions below do, when the topic or `event` is not valid UTF-8.
  void broadcast(std::string_view event, const payload& body = {}) const;

  /// Like `broadcast`, but this client does not receive it.
  void broadcast_from(std::string_view event, const payload& body = {}) const;

  /// Like `broadcast`, on another topic.
  void broadcast_to(std::string topic, std::string_view event, const payload& body = {}) const;

  /// Sends an event to this client only, under another topic. The message carries no join_ref, as broadcasts do, so
  /// that the official client never takes it for one of an earlier join: it goes to its channel of that topic if there
  /// is one, and to `Socket.onMessage`. With the channel's own topic it is the same as `push`.
  /// @throws std::invalid_argument as `push` does, for the topic too.
  /// Source: a `Phoenix.Socket.Message` to the transport.
  void push_to(std::string_view topic, std::string_view event, const payload& body = {}) const;

  /// Subscribes this client to another topic. From then on it receives the broadcasts of that topic from all nodes
  /// directly, unchanged and under that topic, without a join of its own: the channel does not see them, and
  /// `handle_out` does not intercept them. For feeds and GraphQL subscriptions. Any topic is allowed, a route is not
  /// needed: the channel decides what its client may read.
  ///
  /// Called in `join`, it takes effect when the join is accepted. A second subscription of one channel to one topic
  /// changes nothing, and the channel's own topic needs none. Two channels of a client that subscribe to one topic, or
  /// a channel that subscribes to a topic that the client has joined, let it receive each broadcast twice.
  ///
  /// The subscriptions end when the client leaves, rejoins or disconnects, and when the channel stops or is given up
  /// (`phx_error`). They outlive a restart in place, of which the client learns nothing: the new instance finds them
  /// in `subscriptions`, and may subscribe again without harm.
  /// @returns false when the channel has `channel_options::max_subscriptions` of them already, and in `terminate`.
  /// @throws std::invalid_argument when the topic is not valid UTF-8, or longer than 1024 bytes.
  /// Source: Phoenix.Endpoint, `subscribe/2` with the metadata `fastlane`.
  [[nodiscard]] bool subscribe(std::string_view topic) const;

  /// Ends such a subscription at once. @returns whether there was one.
  bool unsubscribe(std::string_view topic) const;

  /// The topics to which this channel has subscribed its client, sorted.
  std::vector<std::string> subscriptions() const;

  /// The same with a braced list: `push("joined", {{"user", name}})`.
  void push(std::string_view event, const json& body) const { push(event, payload(body)); }
  /// `broadcast` with a braced list.
  void broadcast(std::string_view event, const json& body) const { broadcast(event, payload(body)); }
  /// `broadcast_from` with a braced list.
  void broadcast_from(std::string_view event, const json& body) const { broadcast_from(event, payload(body)); }
  /// `broadcast_to` with a braced list.
  void broadcast_to(std::string topic, std::string_view event, const json& body) const {
    broadcast_to(std::move(topic), event, payload(body));
  }
  /// `push_to` with a braced list.
  void push_to(std::string_view topic, std::string_view event, const json& body) const {
    push_to(topic, event, payload(body));
  }

  /// Whether the client joined with a position (`channel_options::history`) after which nothing is missing: it has all
  /// broadcasts of this topic, or gets them before anything that is sent from now on. Then it needs no fresh state.
  /// False until the join is accepted. A restart in place does not change it.
  bool is_recovered() const noexcept;

  /// What this node keeps of the broadcasts of this topic, from the beginning or after a position; see
  /// `pubsub::history`. Needs `#include <bennu/actors/pubsub.hpp>`.
  history_page history_since(std::string_view position = {}) const;

  /// The presences of this topic on all nodes. The channel can track itself there.
  channel_presence presence() const;

  /// Postpones the reply to the current event. Any actor or thread may answer later. The handler returns
  /// `reply::none()`.
  /// @throws std::logic_error when no handler of `handle_in` is running.
  deferred_reply defer() const;

  /// Decides a join that `join` has deferred. Call it from a handler of `handle_info`.
  ///
  ///     join_result join(const json&) override { ask(shop, self()); return defer_join{}; }
  ///     caf::message_handler handle_info() override {
  ///       return {[this](seats x) { decide_join(accept{{{"seats", x.free}}}); }};
  ///     }
  ///
  /// Until then the client receives no reply and no broadcasts, and its events wait. When the client leaves, rejoins
  /// or disconnects before the decision, the channel ends without `terminate`. When the channel crashes before it,
  /// the join is refused with the reason "join crashed".
  ///
  /// After a restart in place the client stays joined while the new instance decides; only its events wait. An `accept`
  /// then calls `restarted`; after a `refuse` the client receives `phx_error`.
  /// @throws std::logic_error when no join waits for a decision.
  void decide_join(join_decision decision) const;

  /// Runs `task` on a thread pool for blocking work (files, databases, long computations), then calls `then` with its
  /// result in this channel.
  ///
  ///     {"find", [](room& self, const json& in) {
  ///        return self.blocking([id = in.at("id").get<int>()] { return slow_lookup(id); },
  ///                             [](const item& found) { return reply::ok({{"name", found.name}}); });
  ///      }},
  ///
  /// While the task runs, later events and messages for this channel wait; other channels do not. Two kinds of
  /// messages do not wait: responses to the channel's requests, and the down and exit messages of actors that it
  /// watches. Their handlers must not call `blocking`.
  ///
  /// `then` returns what a handler of `handle_in` may return. Its reply answers the event whose handler called
  /// `blocking`; when `join` called it, `then` decides the join. `then` may call `blocking` again. When `task` throws,
  /// the channel crashes. When the pool is full or stopping, the event is answered with the error
  /// `{"reason":"unavailable"}`; without an event to answer, the channel crashes.
  ///
  /// `task` runs on another thread and may outlive the channel, so that it must own everything that it uses.
  /// @returns what the calling handler must return.
  /// @throws std::logic_error while an earlier task is running.
  template <class Work, class Then>
  reply blocking(Work task, Then then) const {
    return blocking(pool_of_node(), std::move(task), std::move(then));
  }

  /// The same on a pool that the application has created. REQUIRES: the pool outlives the channel.
  template <class Work, class Then>
  reply blocking(const blocking_pool& pool, Work task, Then then) const {
    static_assert(std::is_invocable_v<Work&>, "blocking: the task is called without arguments");
    using result = std::invoke_result_t<Work&>;
    static_assert(engine::continues_with<Then, result>,
                  "blocking: `then` is called with what the task returns, and returns bennu::reply or nothing");
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

  /// Stops the channel normally after the current handler. The client receives `phx_close`.
  void stop() const;

  /// The user's socket, as the endpoint made it. @throws std::logic_error when the endpoint serves with another class
  template <class T>
  T& socket_as() const {
    static_assert(std::is_base_of_v<socket, T>,
                  "socket_as<T>: T is the class that the endpoint serves with, a bennu::socket");
    auto& user = socket_of_connection();
    if (typeid(user) == typeid(T))
      return static_cast<T&>(user);
    if (auto* derived = dynamic_cast<T*>(&user))
      return *derived;
    throw_wrong_socket(typeid(T), typeid(user));
  }

  /// How the client is connected.
  transport_kind transport() const noexcept;

private:
  [[noreturn]] static void throw_wrong_socket(const std::type_info& wanted, const std::type_info& served);

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

/// A channel whose tables of events are made once for the whole class, from a static function:
///
///     class room : public bennu::channel_of<room> {
///     public:
///       using channel_of::channel_of;
///       bennu::join_result join(const json&) override { return bennu::accept{}; }
///       static bennu::events<room> events_in() {
///         return {{"ping", [](room&, const json& in) { return bennu::reply::ok(in); }}};
///       }
///     };
///
/// In the same way, `events_out` lists the broadcasts that the channel intercepts (see `handle_out`).
template <class Derived>
class channel_of : public channel {
public:
  using channel::channel;

  const event_table& handle_in() const override {
    static const events<Derived> table = Derived::events_in();
    return table;
  }

  const event_table& handle_out() const override {
    static const events<Derived> table = Derived::events_out();
    return table;
  }

  /// The events that `handle_in` lists. None by default; the derived class hides it with a function of its own.
  static events<Derived> events_in() { return {}; }
  /// The broadcasts that `handle_out` lists. None by default, likewise.
  static events<Derived> events_out() { return {}; }
};

} // namespace bennu
