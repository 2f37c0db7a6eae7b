#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/presence_options.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/testing/expectation.hpp>

namespace bennu::engine {
class client_line;
class cluster_world;
struct official_channel;
struct official_push;
} // namespace bennu::engine

namespace bennu {

class node;

/// How a `cluster_case` makes its nodes.
struct cluster_case_options {
  /// The names of the nodes. All start, and meet, before the scenario begins.
  std::vector<std::string> nodes = {"a", "b", "c"};

  /// Called with each node before its tree starts; again for each restart.
  std::function<void(node&)> prepare = {};

  /// What your application adds to the supervision tree of each node.
  std::function<std::vector<child_spec>(node&)> children = {};

  /// The options of presence on all nodes.
  presence_options presence = {};

  /// How long a block between nodes is in flight: any time between these two.
  std::chrono::microseconds min_latency{50};
  std::chrono::microseconds max_latency{20'000}; ///< the longest
};

/// A message that a simulated client has pushed.
class simulated_push {
public:
  /// "ok", "error" or "timeout"; empty while there is no reply.
  const std::string& status() const;
  json response() const; ///< the response; null while there is no reply

private:
  friend class simulated_channel;
  engine::official_push& state() const;

  std::shared_ptr<engine::official_push> state_;
};

/// A channel that a simulated client has joined, or tries to join: it rejoins after every failure, as the official
/// client does. A handle: copies are the same channel. An empty one, and `push` and `leave` after the `cluster_case`,
/// throw `std::logic_error`.
class simulated_channel {
public:
  /// Pushes an event. While the channel is not joined it waits, and is sent after the next join; after 10 s without a
  /// reply its status is "timeout".
  simulated_push push(const std::string& event, json body = json::object()) const;
  void leave() const; ///< leaves the topic; the client does not rejoin

  bool is_joined() const; ///< whether the join was accepted, and no failure has come since

  /// How often a join was accepted.
  size_t joins() const;

  /// The answer to the last join.
  json response() const;

  /// Whether the answer to the last join promises that the client gets all that it has missed. It sends its position at
  /// every rejoin of a topic with history (apps/guide/history.md).
  bool is_recovered() const;

  /// The payloads of all events of this name that the client has received, in order.
  const std::vector<json>& received(const std::string& event) const;

private:
  friend class simulated_client;
  engine::official_channel& state() const;

  std::weak_ptr<engine::client_line> client_;
  std::shared_ptr<engine::official_channel> state_;
};

/// A client that speaks the protocol as the official JavaScript client does, in virtual time: it dials again after 10,
/// 50, 100, … 5000 ms, rejoins its channels, keeps what is pushed meanwhile, sends heartbeats. A handle, which
/// throws `std::logic_error` when it is empty or its `cluster_case` has ended.
class simulated_client {
public:
  /// Joins a topic. It takes effect while time passes.
  simulated_channel join(const std::string& topic, json params = json::object()) const;

  bool is_connected() const; ///< whether it is connected now

  /// How often it has connected.
  size_t connections() const;

  /// The node with which it is connected, or connecting; empty: none.
  const std::string& node() const;

  /// Disconnects it for good.
  void close() const;

private:
  friend class cluster_case;
  std::shared_ptr<engine::client_line> line() const;

  std::weak_ptr<engine::client_line> line_;
};

/// A cluster of whole nodes in virtual time, with the endpoint of your application, clients, and faults. One seed
/// decides the order of everything, so that the same seed gives the same run, step by step.
///
///     bennu::for_seeds(1'000, shop, {}, [](bennu::cluster_case& test) {
///       auto room = test.connect("a", {{"token", "ann"}}).join("room:lobby");
///       for (int i = 0; i < 20; ++i) {
///         test.random_fault();
///         room.push("new_message", {{"body", "hi"}});
///         test.run_for(1s);
///       }
///       test.heal_all();
///       test.expect_soon("ann is joined", [&] { return room.is_joined(); });
///     });
///
/// Code under test must read time from the actor clock only, take no randomness of its own, and use no threads;
/// blocking work runs immediately. A node that crashes is taken down in order, so that `terminate` runs, but nothing
/// that it does then reaches others.
///
/// The clients watch the protocol by themselves: a run fails when one is answered twice.
///
/// Thread safety: only the thread of the test uses it.
class cluster_case {
public:
  using place = std::source_location;                          ///< the line of a test, for its failures
  using make_endpoint = std::function<endpoint(bennu::node&)>; ///< makes the endpoint of a node, at each of its starts

  /// Starts the nodes. `for_seeds` calls it; call it yourself for a single run.
  cluster_case(uint64_t seed, make_endpoint make, cluster_case_options options = {});
  ~cluster_case();
  cluster_case(const cluster_case&) = delete;
  cluster_case& operator=(const cluster_case&) = delete;

  // -- clients ------------------------------------------------------------------

  /// A client of this node; with an empty name, of any node that runs when it dials, as behind a load balancer.
  /// A violation of the protocol is reported at `where`.
  simulated_client connect(const std::string& node = {}, std::map<std::string, std::string> params = {},
                           place where = place::current());

  // -- faults -------------------------------------------------------------------
  //
  // Each needs the names of nodes of this test, otherwise `std::invalid_argument` is thrown. Faults on one link or node
  // do not end each other: only `heal`, `heal_all` and `restart` end what the test has done.

  /// Causes a fault of the vocabulary that unit tests, scenarios of `bennu-node chaos` and `--fault` have in common
  /// (<bennu/supervision/fault.hpp>). The functions below say the same shorter. What a `cut` and a `slow` change
  /// stays until `heal_all`, and a node that was killed starts then.
  /// @throws std::invalid_argument when the members contradict each other, or no node has such a name.
  void cause(const bennu::fault& x);

  /// Cuts the link between two nodes until `heal`. The sides notice it at different times.
  void cut(const std::string& a, const std::string& b);
  /// Heals this link, whatever the test has cut it with.
  void heal(const std::string& a, const std::string& b);

  /// Cuts all links of a node.
  void isolate(const std::string& node);

  /// Heals all links, ends all delays, pauses and rules and starts all nodes that have crashed or were stopped. Clients
  /// and clocks stay as they are.
  void heal_all();

  /// Ends the session between two nodes and begins a new one: what is in flight is lost.
  void reset(const std::string& a, const std::string& b);

  /// What one node sends to another takes longer by `latency`, until `heal_all`; so it arrives out of order with what
  /// others send.
  void slow(const std::string& from, const std::string& to, std::chrono::milliseconds latency);

  /// Delays everything that one node sends to another until this time has passed.
  void stall(const std::string& from, const std::string& to, std::chrono::milliseconds time);

  /// For this long, what arrives at a node from different nodes arrives in another order. What one node sends to
  /// another stays in order, as on a TCP connection.
  void reorder(const std::string& node, std::chrono::milliseconds time);

  /// For this long, the link refuses what one node sends to another, as it does when too much waits: the sender learns
  /// it. Messages between actors and global names, which CAF transports, are never refused.
  void lose(const std::string& from, const std::string& to, std::chrono::milliseconds time);

  /// Causes faults within a node, by the text of a `fault_rule`, until `heal_all` or its crash:
  /// `fault("a", "crash label=room* event=new_msg times=1")`. A probability is drawn from the seed of the run, unless
  /// the rule names its own (`seed=7`).
  void fault(const std::string& node, std::string_view rule);

  /// Kills the process of a node, as the action `kill` does; its clients dial again.
  void crash(const std::string& node);

  /// Starts a node that has crashed; one that runs is crashed before.
  void restart(const std::string& node);

  /// Stops a node in order, as SIGTERM does: its clients get 1012.
  void stop(const std::string& node);

  /// The node does nothing for this long.
  void pause(const std::string& node, std::chrono::milliseconds time);

  /// The clock of the node jumps ahead.
  void jump_clock(const std::string& node, std::chrono::milliseconds ahead);

  /// The client's connection is lost; it dials again.
  void reset(const simulated_client& x);

  /// Does something random to nodes, links and clients, which ends by itself after up to `longest`: a `cut` (of a link
  /// or of all links of a node, a session that begins anew, a client's connection), a `slow` link or `reorder`, a
  /// `delay` (`stall`) or `drop` (`lose`) of what a link carries, a `pause` or `kill` of a node, a jump of its `clock`.
  /// @param what only these; empty: any of them
  /// @throws std::invalid_argument for other actions: they need a rule, see `fault`
  void random_fault(const std::vector<fault_action>& what = {},
                    std::chrono::milliseconds longest = std::chrono::seconds{20});

  // -- time and checks ------------------------------------------------------------

  /// Lets time pass: everything happens that falls due in it.
  void run_for(std::chrono::nanoseconds time);

  /// Lets time pass until `holds` says yes. @returns whether it did within the time.
  bool run_until(const std::function<bool()>& holds, std::chrono::nanoseconds within);

  /// Lets time pass until `holds` says yes, and fails when it does not within the time.
  void expect_soon(std::string_view what, const std::function<bool()>& holds,
                   std::chrono::nanoseconds within = std::chrono::minutes{2}, place where = place::current());

  /// Fails unless it holds now.
  void expect(std::string_view what, bool holds, place where = place::current());

  /// From now on it must hold after every step of the simulation. It is not asked after the scenario has returned, so
  /// that it may refer to the scenario's variables.
  void always(std::string what, std::function<bool()> holds, place where = place::current());

  /// A random number below `bound`, from the seed. REQUIRES: `bound` is not 0.
  uint64_t random(uint64_t bound);

  // -- nodes --------------------------------------------------------------------

  bool is_running(const std::string& node) const; ///< whether the node runs; false after a crash or stop

  /// A node that runs: `node("a").presences()`, `.names()`, `.topics()`. @throws std::logic_error when it does not run.
  bennu::node& node(const std::string& name);

  /// Who is present on a topic, as a node that runs sees it.
  json presence(const std::string& node, const std::string& topic);

  // -- the run --------------------------------------------------------------------

  uint64_t seed() const noexcept; ///< the seed of this run

  /// A number that depends on every step so far, and on all that clients have received: equal runs have equal numbers,
  /// also in programs that were compiled with other options.
  uint64_t fingerprint() const noexcept;

  /// Adds a line to the trace.
  void note(const std::string& what);

  /// What happened to nodes, links and clients, and when, a line each.
  const std::vector<std::string>& trace() const noexcept;

  /// The faults that took place, a line each.
  std::vector<std::string> faults() const;

private:
  friend struct seed_runner;
  void isolate(const std::string& node, uint64_t by);
  void slow(const std::string& from, const std::string& to, std::chrono::milliseconds latency, uint64_t by);
  void crash(const std::string& node, uint64_t by);
  cluster_case(uint64_t seed, make_endpoint make, cluster_case_options options, std::optional<std::set<size_t>> only);

  std::unique_ptr<engine::cluster_world> world_;
};

/// Runs the scenario with the seeds 1 to `count`. When one fails, the failure names the seed, a line that replays it,
/// the faults that are needed for it (found by leaving out all others), and the last events.
///
/// A run fails by any exception and, with `BENNU_REPORT_TO_DOCTEST` and so on, by any failed assertion of the test
/// framework. The framework reports its own assertions in each run of the search for the faults; `expect` and
/// `expect_soon` are reported once.
///
/// `BENNU_REPLAY`, as in that line, runs one seed with these faults alone and skips every other `for_seeds` of the
/// program; the program fails when none is at that line. `BENNU_SEEDS=100000` changes `count`.
/// @throws std::invalid_argument when one of them is malformed.
void for_seeds(uint64_t count, const cluster_case::make_endpoint& make, const cluster_case_options& options,
               const std::function<void(cluster_case&)>& scenario,
               std::source_location where = std::source_location::current());

} // namespace bennu
