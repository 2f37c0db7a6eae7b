#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <nlohmann/json.hpp>

#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/payload.hpp>
#include <bennu/actors/socket.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/tree.hpp>
#include <bennu/testing/expectation.hpp>

namespace bennu::engine {
class case_node;
class test_session;
struct case_parts;
struct case_world;
} // namespace bennu::engine

namespace bennu {

class node;
struct node_options;

/// A message that a client sent and that may be answered.
struct test_push {
  std::string topic; ///< to which the message was sent
  std::string ref;   ///< unique among the messages of the client
};

/// The answer to a push or a join.
struct test_reply {
  std::string status; ///< "ok" or "error"
  json response;      ///< what the channel answered
};

// -- messages, for `expect_exactly` -----------------------------------------------

/// The reply to a push, with a response that matches.
pattern reply_to(const test_push& push, const std::string& status, const pattern& response = any());
pattern pushed(const std::string& event, const pattern& body = any());      ///< a push of a channel to its client
pattern broadcasted(const std::string& event, const pattern& body = any()); ///< a broadcast as its receivers see it

/// A channel that a client has joined, as the client sees it. A handle: copies are the same channel.
///
/// Each expectation searches the messages that the client has received and removes the one that it finds: a second
/// message needs a second expectation. When `push` returns, all of its consequences have happened, so no test waits.
///
/// Thread safety: for the thread of the test, as everything here.
class test_channel {
public:
  /// Sends an event. Source: Phoenix.ChannelTest, `push/3`.
  test_push push(std::string_view event, const payload& body = {}) const;
  test_push push(std::string_view event, const json& body) const { return push(event, payload(body)); }

  /// Leaves the topic. It is answered as any push is; then the channel ends (`expect_closed`). Source: `leave/1`.
  test_push leave() const;

  /// Sends a broadcast to all subscribers of the topic but this channel. Source: `broadcast_from/3`.
  void broadcast_from(std::string_view event, const json& body = json::object()) const;

  const json& response() const noexcept;     ///< the answer to the join
  const std::string& topic() const noexcept; ///< as it was joined

  // -- the history of the topic -----------------------------------------------------

  /// Where the client goes on when it joins again, in the history of the topic: the last position that it has received,
  /// with a broadcast or an answer to a join. Empty: the topic keeps no history (apps/guide/history.md).
  ///
  ///     auto again = client.join("room:lobby", {{"since", room.position()}});
  std::string position() const;

  bool is_recovered() const; ///< whether the answer to the join promises that the client gets all that it has missed

  // -- what the client receives -------------------------------------------------

  using place = std::source_location; ///< the line of a test, for its failures

  /// The push is answered with `status` and a response that matches. Source: `assert_reply/4`. @returns the response.
  json expect_reply(const test_push& to, std::string_view status, const pattern& response = any(),
                    place where = place::current()) const;

  /// Expects that this push has got no reply. Source: `refute_reply/4`.
  void expect_no_reply(const test_push& to, place where = place::current()) const;

  /// The channel pushes this event to its client. Source: `assert_push/3`, which accepts broadcasts too. So does this
  /// for a client of serializer v1, which cannot tell them apart. @returns the payload.
  json expect_push(std::string_view event, const pattern& body = any(), place where = place::current()) const;

  /// Both expect that the client has received no such event under the topic: no push of any join, and no broadcast.
  /// Source: `refute_push/3`.
  void expect_no_push(std::string_view event, const pattern& body = any(), place where = place::current()) const;
  /// The same as `expect_no_push`.
  void expect_not_received(std::string_view event, const pattern& body = any(), place where = place::current()) const;

  /// Expects a broadcast of the topic that reaches the client unchanged. For broadcasts that the client's channel
  /// intercepts, or that only others receive, use `expect_broadcast`. @returns the payload.
  json expect_received(std::string_view event, const pattern& body = any(), place where = place::current()) const;

  void expect_closed(place where = place::current()) const; ///< expects `phx_close`: the channel has ended normally

  /// Expects `phx_error`: the channel was given up after a crash, and the official client joins again.
  void expect_error(place where = place::current()) const;

  /// For `expect_exactly`: a push of this join, a broadcast on this topic.
  pattern pushed(const std::string& event, const pattern& body = any()) const;
  /// Likewise: a broadcast on this topic.
  pattern broadcasted(const std::string& event, const pattern& body = any()) const;

  // -- the channel's actor --------------------------------------------------------

  caf::actor actor() const; ///< the actor that runs the channel; null when there is none

  /// Sends an ordinary message to the channel, for its `handle_info`.
  template <class... Ts>
  void tell(Ts&&... xs) const {
    send(caf::make_message(std::forward<Ts>(xs)...));
  }

private:
  friend class channel_case;
  friend class test_client;
  struct state;
  explicit test_channel(std::shared_ptr<state> x) : state_(std::move(x)) {}
  void send(caf::message x) const;
  void expect_end(const std::string& event, const std::string& hint, place where) const;
  const caf::actor_addr& first_actor() const noexcept;
  std::string name() const;

  std::shared_ptr<state> state_;
};

/// A connected client. A handle: copies are the same client.
class test_client {
public:
  using place = std::source_location; ///< the line of a test, for its failures

  /// Joins a topic and expects that the join is accepted. Source: `subscribe_and_join!/4`.
  test_channel join(std::string topic, const json& params = json::object(), place where = place::current()) const;

  /// Joins a topic and returns the answer. Source: `subscribe_and_join/4`.
  test_reply try_join(std::string topic, const json& params = json::object(), place where = place::current()) const;

  /// Joins a topic and expects that the join is refused. @returns the response.
  json expect_join_refused(std::string topic, const json& params = json::object(), const pattern& response = any(),
                           place where = place::current()) const;

  /// Joins a topic without expecting an answer, for joins that are decided later: `expect_reply` gets it.
  test_push begin_join(std::string topic, const json& params = json::object()) const;

  test_channel joined(const test_push& join) const; ///< the channel of a join that `begin_join` has begun

  /// Sends an event to a topic that the client has not joined, such as `phoenix`.
  test_push push(const std::string& topic, std::string_view event, const json& body = json::object()) const;

  void heartbeat(place where = place::current()) const; ///< sends a heartbeat and expects its reply

  json expect_reply(const test_push& to, std::string_view status, const pattern& response = any(),
                    place where = place::current()) const; ///< as `test_channel::expect_reply`

  /// Expects an event under this topic, whether or not the client has joined it: a broadcast of a topic to which a
  /// channel has subscribed the client, what a channel sent with `push_to`, or an event of the server itself, such as
  /// `token_expired` on the topic `phoenix`. @returns the payload.
  json expect_received(std::string_view topic, std::string_view event, const pattern& body = any(),
                       place where = place::current()) const;
  void expect_not_received(std::string_view topic, std::string_view event, const pattern& body = any(),
                           place where = place::current()) const; ///< the client has received no such event

  /// Expects that the client has received these messages, in this order, and no other, since the last call:
  ///
  ///     client.expect_exactly({reply_to(ref, "ok"), pushed("welcome", {{"user", "ann"}})});
  ///
  /// Every message is an object with the members `topic`, `event`, `join_ref`, `ref` and `payload`; a pattern of your
  /// own may name any of them. The `ref` of a broadcast is its position, where the topic keeps a history.
  void expect_exactly(const std::vector<pattern>& messages, place where = place::current()) const;

  /// Expects that the client has received nothing that no expectation has taken.
  void expect_nothing(place where = place::current()) const { expect_exactly({}, where); }

  /// Takes, or forgets, all messages that no expectation has taken, in their order. They look as in `expect_exactly`.
  std::vector<json> take_received() const;
  void forget_received() const { take_received(); } ///< forgets them

  /// Sends a frame that no client library would send. When it cannot be decoded, the server closes the connection.
  void send_frame(std::string_view text) const;

  /// The client reads nothing until `read_on`: messages wait in its outbox, which has the bounds of the endpoint. With
  /// `overflow::close` its channels handle none of its events meanwhile.
  void stop_reading() const;
  void read_on() const; ///< the client reads all that waits, and goes on reading

  /// Whether the server reads nothing more from the client for now, because too many of its messages wait
  /// (`socket_options::max_inbox_messages`, `max_inbox_bytes`). What the client sends then is handled as always.
  bool is_held_back() const;

  /// The topics that the client has joined, or whose joins are not decided yet, in the order of their joins.
  std::vector<std::string> topics() const;

  void close() const; ///< disconnects the client: its channels end with `terminate`. Source: `close/2`

  /// Expects that the server has closed the connection with this code (RFC 6455 §7.4), or that it is still open.
  void expect_disconnected(uint16_t code, place where = place::current()) const;
  void expect_connected(place where = place::current()) const; ///< the connection is open

  uint16_t close_code() const noexcept;   ///< the code with which the server closed the connection; 0 while it is open
  const std::string& id() const noexcept; ///< the id of the socket

private:
  friend class test_node;
  friend struct engine::case_parts;
  explicit test_client(std::shared_ptr<engine::test_session> x) : session_(std::move(x)) {}

  std::shared_ptr<engine::test_session> session_;
};

/// A presence without a client. It leaves when the last copy is destroyed.
class simulated_member {
public:
  void update(const json& meta) const; ///< replaces the meta
  void leave() const;                  ///< removes the presence before the last copy is gone

private:
  friend class test_node;
  struct state;
  std::shared_ptr<state> state_;
};

/// One node of a test. A handle: copies are the same node.
class test_node {
public:
  using place = std::source_location; ///< the line of a test, for its failures

  // -- clients ------------------------------------------------------------------

  /// Connects a client with these params and expects that the socket accepts it. Source: `connect/3`. It speaks version
  /// 2 of the protocol; with `{"vsn", "1.0.0"}` among the params version 1, which knows no join_ref and no bytes.
  test_client connect(std::map<std::string, std::string> params = {}, place where = place::current()) const;

  /// The same with everything that a socket can read: headers, the address of the peer, the kind of transport.
  test_client connect_with(const connect_info& info, place where = place::current()) const;

  /// Returns what the socket's `connect` returns, without connecting a client. Its exceptions are passed on.
  connect_result try_connect(const connect_info& info) const;

  /// Expects that the socket refuses a client with these params. @returns what the HTTP request would be answered.
  connect_refused expect_connect_refused(std::map<std::string, std::string> params,
                                         place where = place::current()) const;

  // -- broadcasts ---------------------------------------------------------------

  /// Sends a broadcast to all nodes, as another part of the program would. Source: `Endpoint.broadcast/3`.
  void broadcast(const std::string& topic, std::string_view event, const json& body = json::object()) const;

  /// Expects a broadcast that reaches this node, on a topic that a client of it has joined, or that was passed to
  /// `watch`. Source: `assert_broadcast/3`. @returns the payload.
  json expect_broadcast(const std::string& topic, std::string_view event, const pattern& body = any(),
                        place where = place::current()) const;

  /// Expects that no such broadcast has reached this node. Source: `refute_broadcast/3`.
  void expect_no_broadcast(const std::string& topic, std::string_view event, const pattern& body = any(),
                           place where = place::current()) const;

  void watch(const std::string& topic) const; ///< from now on broadcasts of this topic can be expected

  // -- presence -----------------------------------------------------------------

  json presence(const std::string& topic) const; ///< who is present, as `presence().list()` gives it

  /// Makes somebody present without a client, on this node.
  simulated_member track(const std::string& topic, const std::string& key, const json& meta = json::object()) const;

  // -- the node -------------------------------------------------------------------
  /// The supervision tree now. `render` of <bennu/supervision/tree.hpp> prints it.
  tree_node tree(const tree_options& options = {}) const;

  /// The actor of the first child with this id in the supervision tree; null when there is none.
  caf::actor child(const std::string& id) const;

  /// An actor on this node that does nothing and ends with the test, for example to track presences or to subscribe.
  caf::actor spawn_idle() const;

  /// Cuts the links to all other nodes, and heals them. The nodes notice both immediately.
  void cut() const;
  void heal() const; ///< links the node with all others again

  node& home() const noexcept; ///< the node itself, for whatever else a test needs: `home().names()`

protected:
  test_node() = default;

  engine::case_node* node_ = nullptr; ///< never null in a node of a case

private:
  friend class channel_case;
  friend struct engine::case_parts;
  explicit test_node(engine::case_node& x) : node_(&x) {}
};

/// How a `channel_case` makes its nodes.
struct channel_case_options {
  /// Called with each node before its tree starts, for example to set presence handlers.
  std::function<void(node&)> prepare = {};

  /// What your application adds to the supervision tree.
  std::function<std::vector<child_spec>(node&)> children = {};

  /// Called with the options of each node before it is made, for example to set its limits. Leave `blocking.in_place`
  /// as it is, unless a test is about threads.
  std::function<void(node_options&)> configure = {};
};

/// A node in virtual time for tests of sockets and channels. Source: Phoenix.ChannelTest and Phoenix.ChannelCase.
///
///     bennu::channel_case test{bennu::endpoint{"/socket"}.serve<user_socket>().channel<room>("room:*")};
///     auto ann = test.connect({{"token", "ann"}}).join("room:lobby");
///     auto ref = ann.push("new_msg", {{"body", "hi"}});
///     ann.expect_reply(ref, "ok");
///     test.expect_broadcast("room:lobby", "new_msg", {{"body", "hi"}});
///
/// There is no socket and no thread: the node runs on the thread of the test, within the calls, and time passes only in
/// `advance`. Blocking work runs immediately, unless the test holds it back; a pool of your own (`blocking_pool`) needs
/// the option `in_place` for that. A client counts as one that sends heartbeats and takes data in time: `idle_timeout`,
/// `heartbeat_interval` and `send_timeout` have no effect.
/// Thread safety: only the thread of the test uses it. Clients and nodes of a case must not be used after it.
class channel_case : public test_node {
public:
  explicit channel_case(endpoint x, channel_case_options options = {}); ///< starts the node "a", which serves `x`
  explicit channel_case(std::function<endpoint(node&)> make, channel_case_options options = {}); ///< once for a node
  ~channel_case();
  channel_case(const channel_case&) = delete;
  channel_case& operator=(const channel_case&) = delete;

  /// Starts another node with the same endpoint; it is connected with all others. The first is called "a", one without
  /// a name gets the next letter. @throws std::logic_error when there is a node of this name.
  test_node start_node(const std::string& name = {});

  // -- time ---------------------------------------------------------------------

  /// Lets time pass: all timers and timeouts fall due, each at its own time. `wall_clock`, by which tokens expire, goes
  /// with it until the case ends.
  void advance(std::chrono::nanoseconds time);

  /// What clients send within `f` arrives in one piece: their channels handle it when `f` has returned. Until then
  /// nothing runs and nothing is answered; `advance`, `tree` and `child` throw `std::logic_error`.
  void at_once(const std::function<void()>& f);

  /// Lets everything happen that can happen now. Only needed after messages that the test itself has sent.
  void settle();

  // -- blocking work --------------------------------------------------------------

  /// Holds back the blocking work with this name, on all nodes, until `release_blocking`. The name of the work of a
  /// channel is its topic, that of another `blocking_job` its label; `*` matches any text.
  void hold_blocking(const std::string& name);

  /// Runs what `hold_blocking` of the same name has held back.
  void release_blocking(const std::string& name);

  // -- crashes ------------------------------------------------------------------

  /// Crashes the channel's actor, as if a handler had thrown `text`.
  void crash(const test_channel& x, const std::string& text = "as the test asked");

  /// Crashes the first child with this id on the first node. What traps exits, such as a supervisor, is killed.
  void crash(const std::string& child_id, const std::string& text = "as the test asked");

  /// Since the last `crash` of it, or since its join, the channel runs again in a new actor, and its client is still
  /// joined. For a child: since the last `crash` of it.
  void expect_restarted(const test_channel& x, place where = place::current());
  void expect_restarted(const std::string& child_id, place where = place::current());

  /// Causes faults on purpose from here on, by the text of a `fault_rule`: `"crash label=room* event=new_msg"`.
  void fault(std::string_view rule);
  void no_more_faults(); ///< ends what `fault` has begun, on all nodes

  std::ptrdiff_t events(const std::string& name) const; ///< how many telemetry events of this name there were

private:
  void crash(const std::string& name, const caf::actor& whom, const std::string& text);
  void expect_restarted(const std::string& name, const caf::actor_addr& before, const caf::actor& now, place where);

  std::unique_ptr<engine::case_world> world_;
  std::chrono::milliseconds passed_{0};            ///< how far the wall clock has jumped
  std::map<std::string, caf::actor_addr> crashed_; ///< by channel or child: the actor that the test crashed last
};

} // namespace bennu
