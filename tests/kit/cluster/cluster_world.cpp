#include "tests/kit/cluster/cluster_world.hpp"

#include <algorithm>
#include <utility>

#include "actors/node/node_parts.hpp"

namespace bennu::engine {

namespace {

simulated_node_options nodes_of(const cluster_case_options& x, std::function<void(node&)> prepare) {
  return {.presence = x.presence, .prepare = std::move(prepare), .children = x.children};
}

simulated_network_options network_of(const cluster_case_options& x) {
  simulated_network_options result;
  result.min_latency = x.min_latency;
  result.max_latency = x.max_latency;
  return result;
}

} // namespace

cluster_world::cluster_world(uint64_t seed, cluster_case::make_endpoint make, cluster_case_options with,
                             fault_script of_run)
  : options(std::move(with)), script(std::move(of_run)), fault_chance(seed ^ 0xFA17), test_chance(seed ^ 0x7E57),
    make_endpoint_(std::move(make)),
    sim_(seed, nodes_of(options, [this](node& home) { prepare(home); }), network_of(options)) {
  for (const auto& x : options.nodes)
    start(x);
  sim_.run_for(std::chrono::seconds{5}); // they meet
}

cluster_world::~cluster_world() {
  for (const auto& x : clients)
    x->drop();
}

client_line& cluster_world::add_client(std::string wanted_node, std::map<std::string, std::string> params) {
  auto name = std::to_string(clients.size() + 1);
  clients.push_back(std::make_unique<client_line>(*this, std::move(name), std::move(wanted_node), std::move(params)));
  clients.back()->client().connect();
  return *clients.back();
}

void cluster_world::start(const std::string& name) {
  sim_.start(name);
}

// Before the tree of the node starts.
void cluster_world::prepare(node& home) {
  if (options.prepare)
    options.prepare(home);
  const auto& via = all_endpoints_.emplace_back(std::make_unique<endpoint>(make_endpoint_(home)));
  endpoints_[home.name()] = via.get();
  home.parts().keep_histories(*via);
}

void cluster_world::crash(const std::string& name) {
  if (!sim_.running(name))
    return;
  for (const auto& x : clients)
    x->lose_server(name);
  sim_.crash(name);
}

void cluster_world::stop(const std::string& name) {
  if (!sim_.running(name))
    return;
  for (const auto& x : clients)
    if (x->node() == name)
      x->close_from_server(1012);
  sim_.run_for(std::chrono::milliseconds{100});
  for (const auto& x : clients)
    x->lose_server(name);
  sim_.stop(name);
}

void cluster_world::heal_all() {
  for (const auto& a : options.nodes)
    if (!sim_.running(a))
      start(a);
  sim_.heal_all();
  for (const auto& a : options.nodes) {
    sim_[a].faults().clear();
    for (const auto& b : options.nodes)
      if (a != b)
        sim_.slow(a, b, std::chrono::milliseconds{0});
  }
}

std::string cluster_world::choose(const std::string& wanted) {
  if (!wanted.empty())
    return sim_.running(wanted) ? wanted : std::string{};
  const auto running = sim_.names();
  return running.empty() ? std::string{} : running[sim_.chance()() % running.size()];
}

void cluster_world::run_until(simulator::time_point until, const std::function<bool()>& enough) {
  while (!enough()) {
    if (!sim_.step(until)) {
      sim_.run_for(until - sim_.now()); // nothing is left to do until then
      return;
    }
    check_invariants();
  }
}

void cluster_world::check_invariants() {
  if (!violation.empty())
    fail_expectation(violation, std::source_location::current());
  for (const auto& x : invariants)
    if (!x.holds())
      fail_expectation("no longer true: " + x.what, x.where);
}

} // namespace bennu::engine
