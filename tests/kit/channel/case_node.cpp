#include "tests/kit/channel/case_node.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/node/node_parts.hpp"
#include "supervision/process/crash_report.hpp"
#include "tests/kit/channel/test_session.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/tree.hpp>

namespace bennu::engine {

namespace {

// Blocking work runs on the thread of the test, immediately unless it is held back.
node_options options_for(case_world& world, uint64_t incarnation) {
  node_options result;
  result.incarnation = incarnation;
  result.blocking.in_place = true;
  result.blocking.holds_back = [&held = world.held](const std::string& label) {
    return std::any_of(held.begin(), held.end(), [&](const auto& name) { return matches_pattern(name, label); });
  };
  if (world.options.configure)
    world.options.configure(result);
  return result;
}

caf::behavior listen(caf::event_based_actor*, const std::shared_ptr<std::vector<seen_broadcast>>& into) {
  return {[into](const broadcast_ptr& x) { into->push_back({x->topic, x->event, value_of(x->body)}); }};
}

} // namespace

// -- the world ------------------------------------------------------------------

case_world::~case_world() {
  system.ends();
  while (!nodes.empty())
    nodes.pop_back();
}

case_node& case_world::start(const std::string& name) {
  nodes.push_back(std::make_unique<case_node>(*this, name));
  network.connect(nodes.back()->link);
  system.settle();
  return *nodes.back();
}

// -- a node ---------------------------------------------------------------------

const endpoint& case_world::via_of(node& home) {
  return make ? vias.emplace_back(make(home)) : vias.front();
}

case_node::case_node(case_world& in, const std::string& name)
  : world(in), link(in.network.add({name, in.nodes.size() + 1})),
    home(in.system.system(), name, {}, options_for(in, link.who().incarnation)), via(in.via_of(home)),
    seen_(std::make_shared<std::vector<seen_broadcast>>()) {
  home.parts().join_cluster(link);
  home.parts().keep_histories(via);
  if (world.options.prepare)
    world.options.prepare(home);
  supervisor_spec tree{one_for_one};
  for (auto& child : home.children())
    tree.add(std::move(child));
  if (world.options.children)
    for (auto& child : world.options.children(home))
      tree.add(std::move(child));
  root = world.system.own(tree.name("root").spawn(world.system.system()));
  listener_ = world.system.own(world.system.system().spawn(listen, seen_));
  settle();
}

case_node::~case_node() {
  for (auto& x : sessions)
    if (auto session = x.lock())
      session->abandon();
  settle();
  world.network.disconnect(link);
  settle();
  signal_exit(root, exits::shutdown());
  settle();
  for (int i = 0; is_alive(root) && i < 3'600; ++i) // a child takes its time
    world.system.advance(std::chrono::seconds{1});
  if (is_alive(root))
    kill_tree();
}

void case_node::settle_at_end() noexcept try { settle(); } catch (const std::exception& x) {
  std::cerr << x.what() << std::endl;
}

void case_node::kill_tree() {
  std::cerr << "The tree of node " << home.name() << " does not stop within an hour. It is killed:\n";
  read_tree(world.system.system(), root, {}, [](const tree_node& x) { std::cerr << render(x) << std::endl; });
  world.system.advance(tree_options{}.patience * 16);
  signal_exit(root, exits::kill());
  settle();
}

void case_node::watch(const std::string& topic) {
  if (watched_.insert(topic).second)
    home.topics().subscribe(topic, listener_);
  settle();
}

std::optional<json> case_node::take_broadcast(const std::string& topic, std::string_view event, const pattern& body) {
  const auto found = std::find_if(seen_->begin(), seen_->end(), [&](const seen_broadcast& x) {
    return x.topic == topic && x.event == event && body.matches(x.body);
  });
  if (found == seen_->end())
    return {};
  auto result = std::move(found->body);
  seen_->erase(found);
  return result;
}

std::string case_node::other_broadcasts(const std::string& topic, std::string_view event, const pattern& body) const {
  if (!is_watched(topic))
    return "; no client has joined " + topic + ": call watch(\"" + topic + "\") first";
  if (world.system.is_paused())
    return "; within at_once nothing runs";
  std::string result;
  for (const auto& x : *seen_)
    if (x.topic == topic)
      result += "\n  there was " + x.event + " " + x.body.dump()
                + (x.event == event ? ": " + body.difference(x.body).value_or("") : "");
  return result.empty() ? "; there was none on this topic" : result;
}

caf::actor case_node::find_child(const std::string& id) {
  world.system.must_run("child");
  std::vector<caf::actor> supervisors{root};
  for (size_t i = 0; i < supervisors.size(); ++i)
    for (const auto& x : world.system.ask<std::vector<child_info>>(supervisors[i], which_children_command{})) {
      if (x.actor && x.id == id)
        return x.actor;
      if (x.actor && x.type == child_type::supervisor)
        supervisors.push_back(x.actor);
    }
  return {};
}

} // namespace bennu::engine
