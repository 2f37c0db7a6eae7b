// One node of a `channel_case`: clients, broadcasts, presence.
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <caf/actor_cast.hpp>
#include <nlohmann/json.hpp>

#include "supervision/process/crash_report.hpp"
#include "tests/kit/channel/case_node.hpp"
#include "tests/kit/channel/test_session.hpp"
#include <bennu/actors/presence.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/testing/channel_case.hpp>

namespace bennu {

using namespace engine;

// -- clients --------------------------------------------------------------------

test_client test_node::connect(std::map<std::string, std::string> params, place where) const {
  connect_info info;
  info.params = std::move(params);
  return connect_with(info, where);
}

test_client test_node::connect_with(const connect_info& info, place where) const {
  auto user = node_->via.make_socket();
  if (const auto vsn = info.params.find("vsn");
      vsn != info.params.end() && node_->via.serializer_for(vsn->second) == nullptr)
    fail_expectation("the endpoint has no serializer for version \"" + vsn->second + "\"", where);
  const auto answer = user->connect(info);
  if (const auto* no = std::get_if<connect_refused>(&answer))
    fail_expectation("the socket refuses the client: status " + std::to_string(no->status) + " " + no->body, where);
  auto session = std::make_shared<test_session>(*node_, std::move(user), std::get<connected>(answer), info);
  node_->sessions.push_back(session);
  return test_client{std::move(session)};
}

connect_result test_node::try_connect(const connect_info& info) const {
  return node_->via.make_socket()->connect(info);
}

connect_refused test_node::expect_connect_refused(std::map<std::string, std::string> params, place where) const {
  connect_info info;
  info.params = std::move(params);
  auto answer = try_connect(info);
  if (std::holds_alternative<connected>(answer))
    fail_expectation("the socket accepts the client", where);
  return std::get<connect_refused>(std::move(answer));
}

// -- broadcasts -----------------------------------------------------------------

void test_node::broadcast(const std::string& topic, std::string_view event, const json& body) const {
  node_->home.topics().broadcast(topic, std::string{event}, payload(body));
  node_->settle();
}

json test_node::expect_broadcast(const std::string& topic, std::string_view event, const pattern& body,
                                 place where) const {
  if (auto found = node_->take_broadcast(topic, event, body))
    return *std::move(found);
  fail_expectation("no broadcast \"" + std::string{event} + "\" " + body.text() + " on " + topic
                     + node_->other_broadcasts(topic, event, body),
                   where);
}

void test_node::expect_no_broadcast(const std::string& topic, std::string_view event, const pattern& body,
                                    place where) const {
  if (!node_->is_watched(topic))
    fail_expectation("nothing can be said of broadcasts on " + topic + node_->other_broadcasts(topic, event, body),
                     where);
  if (const auto found = node_->take_broadcast(topic, event, body))
    fail_expectation("a broadcast \"" + std::string{event} + "\" " + found->dump() + " on " + topic, where);
}

void test_node::watch(const std::string& topic) const {
  node_->watch(topic);
}

// -- presence -------------------------------------------------------------------

struct simulated_member::state {
  state(case_node& on, std::string of_topic, std::string of_key)
    : node(on), life(on.life), topic(std::move(of_topic)), key(std::move(of_key)) {}
  ~state() {
    if (life.expired())
      return;
    signal_exit(actor(), exits::shutdown());
    node.settle_at_end();
  }

  case_node& where() const {
    if (life.expired())
      throw std::logic_error("the channel_case of this simulated_member has ended");
    return node;
  }
  caf::actor actor() const { return caf::actor_cast<caf::actor>(who); }

  case_node& node;
  std::weak_ptr<const case_node*> life;
  std::string topic;
  std::string key;
  caf::actor_addr who; ///< the test owns it
};

namespace {

template <class State>
State& existing(const std::shared_ptr<State>& x) {
  if (!x)
    throw std::logic_error("an empty simulated_member: test_node::track makes one");
  return *x;
}

} // namespace

json test_node::presence(const std::string& topic) const {
  return node_->home.presences().list(topic).value();
}

simulated_member test_node::track(const std::string& topic, const std::string& key, const json& meta) const {
  simulated_member result;
  result.state_ = std::make_shared<simulated_member::state>(*node_, topic, key);
  result.state_->who = spawn_idle().address();
  node_->home.presences().track(result.state_->actor(), topic, key, meta);
  node_->settle();
  return result;
}

void simulated_member::update(const json& meta) const {
  auto& x = existing(state_);
  x.where().home.presences().update(x.actor(), x.topic, x.key, meta);
  x.node.settle();
}

void simulated_member::leave() const {
  auto& x = existing(state_);
  x.where().home.presences().untrack(x.actor());
  x.node.settle();
}

// -- the node -------------------------------------------------------------------

tree_node test_node::tree(const tree_options& options) const {
  auto result = std::make_shared<std::optional<tree_node>>();
  auto& system = node_->world.system;
  system.must_run("tree");
  read_tree(system.system(), node_->root, options, [result](tree_node x) { *result = std::move(x); });
  node_->settle();
  if (!*result) // somebody does not answer: its patience ends
    system.advance(options.patience * 16);
  return result->value();
}

caf::actor test_node::child(const std::string& id) const {
  return node_->find_child(id);
}

caf::actor test_node::spawn_idle() const {
  // An argument of its own: without one CAF 0.17.6 binds a reference to a null tuple, which UBSan stops.
  auto idle = [](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; };
  auto& system = node_->world.system;
  return system.own(system.system().spawn(idle, 0));
}

void test_node::cut() const {
  node_->world.network.disconnect(node_->link);
  node_->settle();
}

void test_node::heal() const {
  node_->world.network.connect(node_->link);
  node_->settle();
}

node& test_node::home() const noexcept {
  return node_->home;
}

} // namespace bennu
