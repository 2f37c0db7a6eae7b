// The node of a `channel_case`: clients, broadcasts, time, crashes, presence.
#include <bennu/testing/channel_case.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "supervision/process/crash_report.hpp"
#include "tests/kit/engine/test_node.hpp"
#include <bennu/actors/presence.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/fault.hpp>

namespace bennu {

using namespace engine;

channel_case::channel_case(endpoint x, const std::function<void(node&)>& prepare)
  : node_(std::make_unique<test_node>(std::move(x), prepare)) {}

channel_case::~channel_case() = default;

// -- clients --------------------------------------------------------------------

test_client channel_case::connect(std::map<std::string, std::string> params, place where) {
  connect_info info;
  info.params = std::move(params);
  return connect_with(info, where);
}

test_client channel_case::connect_with(const connect_info& info, place where) {
  auto user = node_->via.make_socket();
  const auto answer = user->connect(info);
  if (const auto* no = std::get_if<connect_refused>(&answer)) {
    const auto text = "the socket refuses the client: status " + std::to_string(no->status) + " " + no->body;
    fail_expectation(text, where);
    throw expectation_failed(text); // where failures do not throw: there is no client to return
  }
  auto session = std::make_shared<test_session>(*node_, std::move(user), std::get<connected>(answer));
  node_->sessions.push_back(session);
  return test_client{std::move(session)};
}

connect_result channel_case::try_connect(const connect_info& info) {
  return node_->via.make_socket()->connect(info);
}

// -- broadcasts -----------------------------------------------------------------

void channel_case::broadcast(const std::string& topic, std::string_view event, const json& body) {
  node_->home.topics().broadcast(topic, std::string{event}, payload(body));
  settle();
}

json channel_case::expect_broadcast(const std::string& topic, std::string_view event, const pattern& body,
                                    place where) {
  if (auto found = node_->take_broadcast(topic, event, body))
    return *std::move(found);
  fail_expectation("no broadcast \"" + std::string{event} + "\" " + body.text() + " on " + topic
                     + node_->other_broadcasts(topic, event, body),
                   where);
  return nullptr;
}

void channel_case::expect_no_broadcast(const std::string& topic, std::string_view event, const pattern& body,
                                       place where) {
  if (const auto found = node_->take_broadcast(topic, event, body))
    fail_expectation("a broadcast \"" + std::string{event} + "\" " + found->dump() + " on " + topic, where);
}

void channel_case::watch(const std::string& topic) {
  node_->watch(topic);
}

// -- time -----------------------------------------------------------------------

void channel_case::advance(std::chrono::nanoseconds time) {
  node_->world.advance(time);
}

void channel_case::settle() {
  node_->world.settle();
}

// -- crashes --------------------------------------------------------------------

void channel_case::crash(const test_channel& x, const std::string& text) {
  const auto whom = x.actor();
  if (!whom)
    throw std::logic_error("crash: no actor runs the channel of " + x.topic());
  crashed_[x.topic()] = caf::actor_cast<caf::actor_addr>(whom);
  signal_exit(whom, exits::crash(text));
  settle();
}

void channel_case::expect_restarted(const test_channel& x, place where) const {
  const auto before = crashed_.find(x.topic());
  if (before == crashed_.end())
    return fail_expectation("the test has not crashed the channel of " + x.topic(), where);
  const auto now = x.actor();
  if (!now || now.address() == before->second)
    fail_expectation("the channel of " + x.topic() + " does not run again", where);
}

void channel_case::fault(std::string_view rule) {
  node_->world.options().faults().set(fault_rule::parse(rule));
}

void channel_case::no_more_faults() {
  node_->world.options().faults().clear();
}

tree_node channel_case::tree() {
  auto result = std::make_shared<std::optional<tree_node>>();
  read_tree(node_->world.system(), node_->root(), {}, [result](tree_node x) { *result = std::move(x); });
  settle();
  if (!*result) // somebody does not answer: its patience is over then
    advance(tree_options{}.patience * 16);
  return result->value();
}

std::ptrdiff_t channel_case::events(const std::string& name) const {
  return node_->world.events(name);
}

// -- presence -------------------------------------------------------------------

struct simulated_member::state {
  state(test_node& on, std::string of_topic, std::string of_key)
    : where(on), topic(std::move(of_topic)), key(std::move(of_key)) {}
  ~state() {
    signal_exit(who, exits::shutdown());
    where.world.settle();
  }

  test_node& where;
  std::string topic;
  std::string key;
  caf::actor who;
};

json channel_case::presence(const std::string& topic) const {
  return node_->home.presences().list(topic).value();
}

simulated_member channel_case::track(const std::string& topic, const std::string& key, const json& meta) {
  auto idle = [](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; };
  simulated_member result;
  result.state_ = std::make_shared<simulated_member::state>(*node_, topic, key);
  result.state_->who = node_->world.own(node_->world.system().spawn(idle, 0));
  node_->home.presences().track(result.state_->who, topic, key, meta);
  settle();
  return result;
}

void simulated_member::update(const json& meta) const {
  state_->where.home.presences().update(state_->who, state_->topic, state_->key, meta);
  state_->where.world.settle();
}

void simulated_member::leave() const {
  state_->where.home.presences().untrack(state_->who);
  state_->where.world.settle();
}

node& channel_case::home() noexcept {
  return node_->home;
}

} // namespace bennu
