#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <variant>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/message.hpp>
#include <nlohmann/json.hpp>

#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/payload.hpp>
#include <bennu/actors/socket.hpp>
#include <bennu/supervision/tree.hpp>
#include <bennu/testing/expectation.hpp>
#include <bennu/testing/pattern.hpp>

namespace bennu::engine {
class test_node;
class test_session;
} // namespace bennu::engine

namespace bennu {

class node;

/// One message that a client sent and that may be answered.
struct test_push {
  std::string topic;
  std::string ref;
};

/// The answer to a push or a join.
struct test_reply {
  std::string status; ///< "ok" or "error"
  json response;
};

/// A channel that a client has joined, as the client sees it. A handle: copies are the same channel.
///
/// Each expectation searches the messages that the client has received and removes the one that it finds, so that a
/// second message needs a second expectation. When `push` returns, all of its consequences have happened, so that no
/// test waits.
class test_channel {
public:
  /// Sends an event. Source: Phoenix.ChannelTest, `push/3`.
  test_push push(std::string_view event, const payload& body = {}) const;
  test_push push(std::string_view event, const json& body) const { return push(event, payload(body)); }

  /// Leaves the topic. Expect the reply like that of any push; the end of the channel follows (`expect_closed`).
  test_push leave() const;

  /// The answer to the join.
  const json& response() const noexcept;
  const std::string& topic() const noexcept;

  // -- what the client receives -------------------------------------------------

  using place = std::source_location;

  /// The push is answered with `status` and a response that matches. Source: `assert_reply/4`. @returns the response.
  json expect_reply(const test_push& to, std::string_view status, const pattern& response = any(),
                    place where = place::current()) const;

  /// Expects that this push gets no reply. Source: `refute_reply/4`.
  void expect_no_reply(const test_push& to, place where = place::current()) const;

  /// The channel pushes this event to its client. Source: `assert_push/3`. @returns the payload.
  json expect_push(std::string_view event, const pattern& body = any(), place where = place::current()) const;
  void expect_no_push(std::string_view event, const pattern& body = any(), place where = place::current()) const;

  /// Expects a broadcast of the topic that reaches the client unchanged. For broadcasts that the client's channel
  /// intercepts, or that only others receive, use `channel_case::expect_broadcast`. @returns the payload.
  json expect_received(std::string_view event, const pattern& body = any(), place where = place::current()) const;
  void expect_not_received(std::string_view event, const pattern& body = any(), place where = place::current()) const;

  /// Expects `phx_close`: the channel has ended normally.
  void expect_closed(place where = place::current()) const;

  /// Expects `phx_error`: the channel was given up after a crash, and a client would rejoin.
  void expect_error(place where = place::current()) const;

  // -- the channel's actor --------------------------------------------------------

  /// The actor that runs the channel; null when there is none.
  caf::actor actor() const;

  /// Sends an ordinary message to the channel, for its `handle_info`.
  template <class... Ts>
  void tell(Ts&&... xs) const {
    send(caf::make_message(std::forward<Ts>(xs)...));
  }

private:
  friend class test_client;
  struct state;
  explicit test_channel(std::shared_ptr<state> x) : state_(std::move(x)) {}
  void send(caf::message x) const;

  std::shared_ptr<state> state_;
};

/// A connected client. A handle: copies are the same client.
class test_client {
public:
  using place = std::source_location;

  /// Joins a topic and expects that the join is accepted. Source: `subscribe_and_join!/4`.
  test_channel join(std::string topic, const json& params = json::object(), place where = place::current()) const;

  /// Joins a topic and returns the answer. Source: `subscribe_and_join/4`.
  test_reply try_join(std::string topic, const json& params = json::object(), place where = place::current()) const;

  /// Expects an event under this topic, whether or not the client has joined it: a broadcast of a topic to which a
  /// channel has subscribed the client, or what a channel sent with `push_to`. @returns the payload.
  json expect_received(std::string_view topic, std::string_view event, const pattern& body = any(),
                       place where = place::current()) const;
  void expect_not_received(std::string_view topic, std::string_view event, const pattern& body = any(),
                           place where = place::current()) const;

  /// Disconnects the client: its channels end with `terminate`. Source: `close/2`.
  void close() const;

  /// Whether the server closed the connection, and with which code (RFC 6455 §7.4); 0 while it is open.
  uint16_t close_code() const noexcept;

  /// The `id()` of the socket.
  const std::string& id() const noexcept;

private:
  friend class channel_case;
  explicit test_client(std::shared_ptr<engine::test_session> x) : session_(std::move(x)) {}

  std::shared_ptr<engine::test_session> session_;
};

/// A presence without a client. It leaves when the last copy is destroyed.
class simulated_member {
public:
  void update(const json& meta) const;
  void leave() const;

private:
  friend class channel_case;
  struct state;
  std::shared_ptr<state> state_;
};

/// A node in virtual time for tests of sockets and channels. Source: Phoenix.ChannelTest and Phoenix.ChannelCase.
///
///     bennu::channel_case test{bennu::endpoint{"/socket"}.serve<user_socket>().channel<room>("room:*")};
///     auto ann = test.connect({{"token", "ann"}}).join("room:lobby");
///     auto ref = ann.push("new_msg", {{"body", "hi"}});
///     ann.expect_reply(ref, "ok");
///     test.expect_broadcast("room:lobby", "new_msg", {{"body", "hi"}});
///
/// There is no socket, no thread and no waiting: the whole node runs on the thread of the test, within the calls, and
/// time passes only in `advance`. Blocking work runs immediately. A test takes a few milliseconds.
///
/// Thread safety: only the thread of the test uses it.
class channel_case {
public:
  using place = std::source_location;

  /// @param prepare called with the node before anything runs, for example to set presence handlers
  explicit channel_case(endpoint x, const std::function<void(node&)>& prepare = {});
  ~channel_case();
  channel_case(const channel_case&) = delete;
  channel_case& operator=(const channel_case&) = delete;

  // -- clients ------------------------------------------------------------------

  /// Connects a client with these params and expects that the socket accepts it. Source: `connect/3`.
  test_client connect(std::map<std::string, std::string> params = {}, place where = place::current());

  /// The same with everything that a socket can read.
  test_client connect_with(const connect_info& info, place where = place::current());

  /// Returns the result of the socket's `connect` without connecting a client. Its exceptions are passed on.
  connect_result try_connect(const connect_info& info);

  // -- broadcasts ---------------------------------------------------------------

  /// Sends a broadcast, as another part of the program would. Source: `broadcast_from/3`.
  void broadcast(const std::string& topic, std::string_view event, const json& body = json::object());

  /// Expects a broadcast on a topic that a client has joined, or that was passed to `watch`. Source:
  /// `assert_broadcast/3`. @returns the payload.
  json expect_broadcast(const std::string& topic, std::string_view event, const pattern& body = any(),
                        place where = place::current());
  void expect_no_broadcast(const std::string& topic, std::string_view event, const pattern& body = any(),
                           place where = place::current());

  /// From now on broadcasts of this topic can be expected.
  void watch(const std::string& topic);

  // -- time ---------------------------------------------------------------------

  /// Lets time pass: timers of `delayed_send`, timeouts and supervisors fall due in order.
  void advance(std::chrono::nanoseconds time);

  /// Lets everything happen that can happen now. Only needed after messages that the test itself has sent.
  void settle();

  // -- crashes ------------------------------------------------------------------

  /// Crashes the channel's actor, as if a handler had thrown `text`.
  void crash(const test_channel& x, const std::string& text = "as the test asked");

  /// Since the last `crash` of it the channel runs again in a new actor, and its client is still joined.
  void expect_restarted(const test_channel& x, place where = place::current()) const;

  /// Causes faults on purpose from here on, by the text of a `fault_rule`: `"crash label=room* event=new_msg"`.
  void fault(std::string_view rule);
  void no_more_faults();

  /// The supervision tree now.
  tree_node tree();

  /// How many telemetry events of this name there were.
  std::ptrdiff_t events(const std::string& name) const;

  // -- presence -----------------------------------------------------------------

  /// Who is present on a topic, as `presence().list()` gives it.
  json presence(const std::string& topic) const;

  /// Somebody else is there.
  simulated_member track(const std::string& topic, const std::string& key, const json& meta = json::object());

  /// The node, for whatever else a test needs.
  node& home() noexcept;

private:
  std::unique_ptr<engine::test_node> node_;
  std::map<std::string, caf::actor_addr> crashed_; ///< by topic: the actor that the test crashed last
};

} // namespace bennu
