// The faults of a `cluster_case`. What heals is not counted among them: a run without it would prove nothing.
#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "tests/kit/cluster/cluster_world.hpp"
#include <bennu/supervision/fault.hpp>
#include <bennu/testing/cluster_case.hpp>

namespace bennu {

using namespace engine;
using std::chrono::milliseconds;

namespace {

std::string ms(milliseconds x) {
  return std::to_string(x.count()) + " ms";
}

/// What a `random_fault` may do, with the word of the vocabulary for it.
enum class happening : uint8_t { cut, isolate, slow, stall, reorder, lose, reset, crash, pause, clock, client_reset };

constexpr std::array happenings{
  std::pair{happening::cut, fault_action::cut},         std::pair{happening::isolate, fault_action::cut},
  std::pair{happening::slow, fault_action::slow},       std::pair{happening::stall, fault_action::delay},
  std::pair{happening::reorder, fault_action::slow},    std::pair{happening::lose, fault_action::drop},
  std::pair{happening::reset, fault_action::cut},       std::pair{happening::crash, fault_action::kill},
  std::pair{happening::pause, fault_action::pause},     std::pair{happening::clock, fault_action::clock},
  std::pair{happening::client_reset, fault_action::cut}};

std::vector<happening> happenings_of(const std::vector<fault_action>& wanted) {
  std::vector<happening> result;
  for (const auto& [what, action] : happenings)
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), action) != wanted.end())
      result.push_back(what);
  for (const auto x : wanted)
    if (std::none_of(happenings.begin(), happenings.end(), [x](const auto& y) { return y.second == x; }))
      throw std::invalid_argument("random_fault: " + to_string(x) + " needs a rule: call fault(node, rule)");
  return result;
}

/// What one `random_fault` has drawn: always the same number of draws, so that a run without some faults draws the same
/// others.
struct draw {
  happening what;
  std::string a;
  std::string b; ///< another node; the same when there is only one
  size_t client;
  milliseconds time;
};

draw draw_fault(cluster_world& world, const std::vector<happening>& any_of, milliseconds longest) {
  const auto below = [&](size_t bound) { return world.fault_chance() % std::max<size_t>(bound, 1); };
  const auto& names = world.options.nodes;
  const auto what = any_of[below(any_of.size())];
  const auto a = below(names.size());
  const auto b = names.size() > 1 ? (a + 1 + below(names.size() - 1)) % names.size() : a;
  const auto client = below(world.clients.size());
  return {what, names[a], names[b], client, milliseconds{below(static_cast<size_t>(longest.count())) + 1}};
}

// Whether the fault needs a second node.
bool is_of_links(happening x) noexcept {
  return x != happening::crash && x != happening::pause && x != happening::clock && x != happening::client_reset;
}

} // namespace

// -- by the test ------------------------------------------------------------------

void cluster_case::cause(const bennu::fault& x) {
  x.check();
  const auto& on = x.node.empty() ? world_->options.nodes.front() : x.node;
  switch (x.rule.what) {
    case fault_action::cut:
      return cut(on, x.peer);
    case fault_action::slow:
      return slow(x.peer, on, x.rule.time);
    case fault_action::pause:
      return pause(on, x.rule.time);
    case fault_action::kill:
      return crash(on);
    case fault_action::clock:
      return jump_clock(on, x.jump);
    default:
      return fault(on, to_string(x.rule));
  }
}

void cluster_case::cut(const std::string& a, const std::string& b) {
  world_->require_two(a, b);
  if (world_->script.next("cut " + a + " " + b))
    world_->cut(a, b, cluster_world::of_the_test);
}

void cluster_case::heal(const std::string& a, const std::string& b) {
  world_->require_two(a, b);
  world_->heal(a, b);
}

void cluster_case::isolate(const std::string& name) {
  isolate(name, cluster_world::of_the_test);
}

void cluster_case::isolate(const std::string& name, uint64_t by) {
  world_->require_node(name);
  if (world_->script.next("isolate " + name))
    for (const auto& other : world_->options.nodes)
      if (other != name)
        world_->cut(name, other, by);
}

void cluster_case::heal_all() {
  world_->heal_all();
}

void cluster_case::reset(const std::string& a, const std::string& b) {
  world_->require_two(a, b);
  if (world_->script.next("reset " + a + " " + b))
    world_->sim().reset(a, b);
}

void cluster_case::slow(const std::string& from, const std::string& to, milliseconds latency) {
  slow(from, to, latency, cluster_world::of_the_test);
}

void cluster_case::slow(const std::string& from, const std::string& to, milliseconds latency, uint64_t by) {
  world_->require_two(from, to);
  if (world_->script.next("slow " + from + " to " + to + " by " + ms(latency)))
    world_->slow(from, to, latency, by);
}

void cluster_case::stall(const std::string& from, const std::string& to, milliseconds time) {
  world_->require_two(from, to);
  if (world_->script.next("stall " + from + " to " + to + " for " + ms(time)))
    world_->sim().stall(from, to, time);
}

void cluster_case::reorder(const std::string& name, milliseconds time) {
  world_->require_node(name);
  std::vector<std::pair<std::string, milliseconds>> delays;
  for (const auto& other : world_->options.nodes)
    if (other != name)
      delays.emplace_back(other, milliseconds{world_->fault_chance() % 1000 + 1});
  if (!world_->script.next("reorder what arrives at " + name + " for " + ms(time)))
    return;
  const auto by = world_->next_fault();
  for (const auto& [other, delay] : delays) {
    world_->slow(other, name, delay, by);
    world_->sim().after(time, [world = world_.get(), from = other, name, by] { world->end_slow(from, name, by); });
  }
}

void cluster_case::lose(const std::string& from, const std::string& to, milliseconds time) {
  world_->require_two(from, to);
  if (world_->script.next("the link refuses what " + from + " sends to " + to + " for " + ms(time)))
    world_->sim().lose(from, to, time);
}

// A rule that names no seed gets one that depends on the seed of the run.
void cluster_case::fault(const std::string& name, std::string_view rule) {
  world_->require_node(name);
  auto parsed = fault_rule::parse(rule);
  const auto drawn = world_->fault_chance();
  if (rule.find("seed=") == rule.npos)
    parsed.seed = drawn;
  if (world_->script.next("fault on " + name + ": " + std::string{rule}) && is_running(name))
    world_->sim()[name].faults().set(parsed);
}

void cluster_case::crash(const std::string& name) {
  crash(name, cluster_world::of_the_test);
}

void cluster_case::crash(const std::string& name, uint64_t by) {
  world_->require_node(name);
  if (world_->script.next("crash " + name))
    world_->crash(name, by);
}

void cluster_case::restart(const std::string& name) {
  if (!is_running(name))
    return world_->start(name);
  if (world_->script.next("restart " + name)) {
    world_->crash(name, cluster_world::of_the_test);
    world_->start(name);
  }
}

void cluster_case::stop(const std::string& name) {
  world_->require_node(name);
  if (world_->script.next("stop " + name))
    world_->stop(name);
}

void cluster_case::pause(const std::string& name, milliseconds time) {
  world_->require_node(name);
  if (world_->script.next("pause " + name + " for " + ms(time)) && is_running(name))
    world_->sim().pause(name, time);
}

void cluster_case::jump_clock(const std::string& name, milliseconds ahead) {
  world_->require_node(name);
  if (world_->script.next("the clock of " + name + " jumps " + ms(ahead)) && is_running(name))
    world_->sim().jump(name, ahead);
}

void cluster_case::reset(const simulated_client& x) {
  const auto line = x.line();
  if (world_->script.next("reset client " + line->name()))
    line->reset();
}

// -- at random --------------------------------------------------------------------

void cluster_case::random_fault(const std::vector<fault_action>& wanted, milliseconds longest) {
  const auto [what, a, b, client, time] = draw_fault(*world_, happenings_of(wanted), longest);
  if (a == b && is_of_links(what))
    return;
  const auto by = world_->next_fault();
  const auto later = [this, time = time](auto f) {
    world_->sim().after(time, [world = world_.get(), f = std::move(f)] { f(*world); });
  };
  switch (what) {
    case happening::cut:
      if (world_->script.next("cut " + a + " " + b))
        world_->cut(a, b, by);
      return later([a = a, b = b, by](cluster_world& world) { world.end_cut(a, b, by); });
    case happening::isolate:
      isolate(a, by);
      return later([a = a, by](cluster_world& world) {
        for (const auto& other : world.options.nodes)
          if (other != a)
            world.end_cut(a, other, by);
      });
    case happening::slow:
      slow(a, b, std::min(time, milliseconds{2000}), by);
      return later([a = a, b = b, by](cluster_world& world) { world.end_slow(a, b, by); });
    case happening::stall:
      return stall(a, b, time);
    case happening::reorder:
      return reorder(a, time);
    case happening::lose:
      return lose(a, b, time);
    case happening::reset:
      return reset(a, b);
    case happening::crash:
      crash(a, by);
      return later([a = a, by](cluster_world& world) { world.end_crash(a, by); });
    case happening::pause:
      return pause(a, time);
    case happening::clock:
      return jump_clock(a, time);
    case happening::client_reset:
      if (client < world_->clients.size() && world_->script.next("reset client " + std::to_string(client + 1)))
        world_->clients[client]->reset();
  }
}

} // namespace bennu
