#include "tests/kit/cluster/cluster_world.hpp"

#include <algorithm>
#include <stdexcept>
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
  if (options.nodes.empty() || std::set(options.nodes.begin(), options.nodes.end()).size() != options.nodes.size())
    throw std::invalid_argument("cluster_case_options::nodes: every node needs a name of its own");
  for (const auto& x : options.nodes)
    start(x);
  sim_.run_for(std::chrono::seconds{5}); // they meet
}

cluster_world::~cluster_world() {
  for (const auto& x : clients)
    x->drop();
}

// -- clients ----------------------------------------------------------------------

std::shared_ptr<client_line> cluster_world::add_client(std::string wanted_node,
                                                       std::map<std::string, std::string> params,
                                                       std::source_location where) {
  if (!wanted_node.empty())
    require_node(wanted_node);
  auto name = std::to_string(clients.size() + 1);
  clients.push_back(std::make_shared<client_line>(*this, std::move(name), std::move(wanted_node), std::move(params)));
  made_at_[clients.back().get()] = where;
  clients.back()->client().connect();
  return clients.back();
}

void cluster_world::violated(const client_line& by, const std::string& what) {
  violation = "client " + by.name() + " " + what;
  violated_at = made_at_.at(&by);
}

bool cluster_world::is_listening(const std::string& name) const {
  return sim_.running(name) && !stopping_.contains(name);
}

std::string cluster_world::choose(const std::string& wanted) {
  if (!wanted.empty())
    return is_listening(wanted) ? wanted : std::string{};
  auto all = sim_.names();
  std::erase_if(all, [this](const std::string& x) { return !is_listening(x); });
  return all.empty() ? std::string{} : all[sim_.chance()() % all.size()];
}

// -- nodes ------------------------------------------------------------------------

void cluster_world::require_node(const std::string& name) const {
  if (std::ranges::find(options.nodes, name) != options.nodes.end())
    return;
  std::string all;
  for (const auto& x : options.nodes)
    all += (all.empty() ? "" : ", ") + x;
  throw std::invalid_argument("there is no node \"" + name + "\": the nodes are " + all);
}

void cluster_world::require_two(const std::string& a, const std::string& b) const {
  require_node(a);
  require_node(b);
  if (a == b)
    throw std::invalid_argument("node " + a + " has no link to itself");
}

// Before the tree of the node starts.
void cluster_world::prepare(node& home) {
  if (options.prepare)
    options.prepare(home);
  const auto& via = all_endpoints_.emplace_back(std::make_unique<endpoint>(make_endpoint_(home)));
  endpoints_[home.name()] = via.get();
  home.parts().keep_histories(*via);
}

void cluster_world::start(const std::string& name) {
  downs_.erase(name);
  sim_.start(name);
}

void cluster_world::crash(const std::string& name, fault_number by) {
  downs_[name].insert(by);
  if (!sim_.running(name))
    return;
  for (const auto& x : clients)
    x->lose_server(name);
  sim_.crash(name);
}

void cluster_world::end_crash(const std::string& name, fault_number of) {
  auto& all = downs_[name];
  if (all.erase(of) > 0 && all.empty() && !sim_.running(name))
    start(name);
}

// Its listener closes first, so that no client dials the node again.
void cluster_world::stop(const std::string& name) {
  if (!sim_.running(name))
    return;
  stopping_.insert(name);
  for (const auto& x : clients)
    if (x->node() == name)
      x->close_from_server(1012);
  run_until(sim_.now() + std::chrono::milliseconds{100}, [] { return false; });
  for (const auto& x : clients)
    x->lose_server(name);
  sim_.stop(name, std::chrono::seconds{10}, [this] { check_invariants(); });
  stopping_.erase(name);
  downs_[name] = {of_the_test};
}

// -- links ------------------------------------------------------------------------

void cluster_world::cut(const std::string& a, const std::string& b, fault_number by) {
  cuts_[link_of(a, b)].insert(by);
  sim_.cut(a, b);
}

void cluster_world::end_cut(const std::string& a, const std::string& b, fault_number of) {
  auto& all = cuts_[link_of(a, b)];
  if (all.erase(of) > 0 && all.empty())
    sim_.heal(a, b);
}

void cluster_world::heal(const std::string& a, const std::string& b) {
  cuts_.erase(link_of(a, b));
  sim_.heal(a, b);
}

void cluster_world::slow(const std::string& from, const std::string& to, std::chrono::milliseconds latency,
                         fault_number by) {
  latencies_[{from, to}][by] = latency;
  set_latency({from, to});
}

void cluster_world::end_slow(const std::string& from, const std::string& to, fault_number of) {
  if (latencies_[{from, to}].erase(of) > 0)
    set_latency({from, to});
}

void cluster_world::set_latency(const way& x) {
  std::chrono::milliseconds slowest{0};
  for (const auto& [by, latency] : latencies_[x])
    slowest = std::max(slowest, latency);
  sim_.slow(x.first, x.second, slowest);
}

void cluster_world::heal_all() {
  for (const auto& name : options.nodes)
    if (!sim_.running(name))
      start(name);
  cuts_.clear();
  latencies_.clear();
  sim_.heal_all();
  for (const auto& name : options.nodes)
    sim_[name].faults().clear();
  for (const auto& x : clients)
    x->end_pauses();
}

// -- time -------------------------------------------------------------------------

void cluster_world::run_until(simulator::time_point until, const std::function<bool()>& enough) {
  while (!enough()) {
    if (!sim_.step(until)) {
      sim_.run_for(until - sim_.now()); // nothing is left to do until then
      return;
    }
    check_invariants();
  }
}

void cluster_world::check_protocol() const {
  if (!violation.empty())
    fail_expectation(violation, violated_at);
}

void cluster_world::check_invariants() const {
  check_protocol();
  for (const auto& x : invariants)
    if (!x.holds())
      fail_expectation("no longer true: " + x.what, x.where);
}

} // namespace bennu::engine
