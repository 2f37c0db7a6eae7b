#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include <caf/actor.hpp>

#include "tests/kit/channel/direct_network.hpp"
#include "tests/kit/virtual_time/virtual_system.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/testing/channel_case.hpp>

namespace bennu::engine {

class test_session;

/// A broadcast that a test can expect.
struct seen_broadcast {
  std::string topic;
  std::string event;
  json body;
};

class case_node;

/// Everything behind a `channel_case`: one actor system in virtual time, in which one or more nodes live.
///
/// Thread safety: for the test's thread.
struct case_world {
  case_world(std::function<endpoint(node&)> x, channel_case_options with)
    : make(std::move(x)), options(std::move(with)) {}
  case_world(endpoint x, channel_case_options with) : options(std::move(with)) { vias.push_back(std::move(x)); }
  ~case_world();

  case_node& start(const std::string& name);

  virtual_system system; ///< goes last
  const endpoint& via_of(node& home);

  const std::function<endpoint(node&)> make; ///< empty: all nodes have the first endpoint
  std::deque<endpoint> vias;                 ///< they outlive the nodes, as connections refer to them
  const channel_case_options options;
  direct_network network{system.system()};
  std::set<std::string> held; ///< patterns for the names of blocking work that waits
  std::vector<std::unique_ptr<case_node>> nodes;
  size_t clients = 0; ///< how many have connected
};

/// One node of a `channel_case`: its supervision tree, and a listener for broadcasts.
class case_node {
public:
  case_node(case_world& in, const std::string& name);
  ~case_node();

  /// From now on broadcasts of this topic can be expected.
  void watch(const std::string& topic);

  bool is_watched(const std::string& topic) const { return watched_.contains(topic); }

  /// Removes the first broadcast that fits.
  std::optional<json> take_broadcast(const std::string& topic, std::string_view event, const pattern& body);

  /// Why none of the broadcasts fits, for the message of an expectation.
  std::string other_broadcasts(const std::string& topic, std::string_view event, const pattern& body) const;

  /// The actor of the first child with this id in the tree; null when there is none.
  caf::actor find_child(const std::string& id);

  void settle() { world.system.settle(); }

  /// The same in a destructor: prints why it fails.
  void settle_at_end() noexcept;

  case_world& world;
  direct_link& link;
  node home;
  const endpoint& via;
  std::vector<std::weak_ptr<test_session>> sessions; ///< they hold references to the node, which may end before them
  caf::actor root;

  /// Who holds it weakly can tell whether the node still exists.
  const std::shared_ptr<const case_node*> life = std::make_shared<const case_node*>(this);

private:
  void kill_tree();

  caf::actor listener_;
  std::shared_ptr<std::vector<seen_broadcast>> seen_;
  std::unordered_set<std::string> watched_;
};

} // namespace bennu::engine
