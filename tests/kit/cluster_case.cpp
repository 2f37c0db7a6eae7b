#include <bennu/testing/cluster_case.hpp>

#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "tests/kit/cluster/cluster_world.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/actors/presence.hpp>

namespace bennu {

using namespace engine;

// -- simulated clients ------------------------------------------------------------

namespace {

template <class T>
T& existing(const std::shared_ptr<T>& x, const char* what) {
  if (!x)
    throw std::logic_error(what);
  return *x;
}

} // namespace

official_push& simulated_push::state() const {
  return existing(state_, "an empty simulated_push: simulated_channel::push makes one");
}

const std::string& simulated_push::status() const {
  return state().status;
}

json simulated_push::response() const {
  return state().response;
}

official_channel& simulated_channel::state() const {
  return existing(state_, "an empty simulated_channel: simulated_client::join makes one");
}

simulated_push simulated_channel::push(const std::string& event, json body) const {
  state();
  simulated_push result;
  result.state_ = existing(client_.lock(), "the cluster_case of this channel has ended")
                    .client()
                    .push(state_, event, std::move(body));
  return result;
}

void simulated_channel::leave() const {
  state();
  existing(client_.lock(), "the cluster_case of this channel has ended").client().leave(state_);
}

bool simulated_channel::is_joined() const {
  return state().now == official_channel::phase::joined;
}

size_t simulated_channel::joins() const {
  return state().joins;
}

bool simulated_channel::is_recovered() const {
  return state().is_recovered;
}

json simulated_channel::response() const {
  return state().join->response;
}

const std::vector<json>& simulated_channel::received(const std::string& event) const {
  return state().received[event];
}

std::shared_ptr<client_line> simulated_client::line() const {
  auto result = line_.lock();
  existing(result, "this simulated_client is empty, or its cluster_case has ended");
  return result;
}

simulated_channel simulated_client::join(const std::string& topic, json params) const {
  simulated_channel result;
  result.client_ = line();
  result.state_ = line()->client().channel(topic, std::move(params));
  return result;
}

bool simulated_client::is_connected() const {
  return line()->client().is_open();
}

size_t simulated_client::connections() const {
  return line()->client().connections();
}

const std::string& simulated_client::node() const {
  return line()->node();
}

void simulated_client::close() const {
  line()->client().disconnect();
}

// -- the case ---------------------------------------------------------------------

cluster_case::cluster_case(uint64_t seed, make_endpoint make, cluster_case_options options)
  : cluster_case(seed, std::move(make), std::move(options), std::nullopt) {}

cluster_case::cluster_case(uint64_t seed, make_endpoint make, cluster_case_options options,
                           std::optional<std::set<size_t>> only)
  : world_(std::make_unique<cluster_world>(seed, std::move(make), std::move(options), fault_script{std::move(only)})) {}

cluster_case::~cluster_case() = default;

simulated_client cluster_case::connect(const std::string& node, std::map<std::string, std::string> params,
                                       place where) {
  simulated_client result;
  result.line_ = world_->add_client(node, std::move(params), where);
  return result;
}

// -- time and checks --------------------------------------------------------------

void cluster_case::run_for(std::chrono::nanoseconds time) {
  world_->run_until(world_->sim().now() + time, [] { return false; });
}

bool cluster_case::run_until(const std::function<bool()>& holds, std::chrono::nanoseconds within) {
  world_->run_until(world_->sim().now() + within, holds);
  return holds();
}

void cluster_case::expect_soon(std::string_view what, const std::function<bool()>& holds,
                               std::chrono::nanoseconds within, place where) {
  if (!run_until(holds, within))
    fail_expectation("does not become true: " + std::string{what}, where);
}

void cluster_case::expect(std::string_view what, bool holds, place where) {
  if (!holds)
    fail_expectation("not true: " + std::string{what}, where);
}

void cluster_case::always(std::string what, std::function<bool()> holds, place where) {
  world_->invariants.push_back({std::move(what), std::move(holds), where});
}

uint64_t cluster_case::random(uint64_t bound) {
  return world_->test_chance() % bound;
}

// -- nodes ------------------------------------------------------------------------

bool cluster_case::is_running(const std::string& name) const {
  world_->require_node(name);
  return world_->sim().running(name);
}

bennu::node& cluster_case::node(const std::string& name) {
  if (!is_running(name))
    throw std::logic_error("node " + name + " does not run");
  return world_->sim()[name].home();
}

json cluster_case::presence(const std::string& name, const std::string& topic) {
  return node(name).presences().list(topic).value();
}

// -- the run ----------------------------------------------------------------------

uint64_t cluster_case::seed() const noexcept {
  return world_->sim().seed();
}

uint64_t cluster_case::fingerprint() const noexcept {
  return world_->sim().fingerprint();
}

void cluster_case::note(const std::string& what) {
  world_->sim().note(what);
}

const std::vector<std::string>& cluster_case::trace() const noexcept {
  return world_->sim().history();
}

std::vector<std::string> cluster_case::faults() const {
  return world_->script.lines();
}

} // namespace bennu
