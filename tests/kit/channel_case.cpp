#include <bennu/testing/channel_case.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <caf/send.hpp>

#include "supervision/pool/blocking_pool_actor.hpp"
#include "supervision/process/crash_report.hpp"
#include "tests/kit/channel/case_node.hpp"
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/fault.hpp>

namespace bennu {

using namespace engine;

channel_case::channel_case(endpoint x, channel_case_options options)
  : world_(std::make_unique<case_world>(std::move(x), std::move(options))) {
  node_ = &world_->start("a");
}

channel_case::channel_case(std::function<endpoint(node&)> make, channel_case_options options)
  : world_(std::make_unique<case_world>(std::move(make), std::move(options))) {
  node_ = &world_->start("a");
}

channel_case::~channel_case() {
  world_.reset();
  wall_clock::jump(-passed_);
}

test_node channel_case::start_node(const std::string& name) {
  const auto is_taken = [this](const std::string& x) {
    return std::ranges::any_of(world_->nodes, [&](const auto& node) { return node->home.name() == x; });
  };
  if (!name.empty()) {
    if (is_taken(name))
      throw std::logic_error("start_node: there is a node " + name + " already");
    return test_node{world_->start(name)};
  }
  for (char letter = 'b'; letter <= 'z'; ++letter)
    if (!is_taken({letter}))
      return test_node{world_->start({letter})};
  throw std::logic_error("start_node: the node needs a name, since the letters are used up");
}

// -- time -----------------------------------------------------------------------

void channel_case::advance(std::chrono::nanoseconds time) {
  const auto shown = std::chrono::duration_cast<std::chrono::milliseconds>(time);
  wall_clock::jump(shown);
  passed_ += shown;
  world_->system.advance(time);
}

void channel_case::at_once(const std::function<void()>& f) {
  auto& system = world_->system;
  system.pause(true);
  try {
    f();
  } catch (...) {
    system.pause(false);
    throw;
  }
  system.pause(false);
  settle();
}

void channel_case::settle() {
  world_->system.settle();
}

// -- blocking work --------------------------------------------------------------

void channel_case::hold_blocking(const std::string& name) {
  world_->held.insert(name);
}

void channel_case::release_blocking(const std::string& name) {
  world_->held.erase(name);
  for (const auto& x : world_->nodes)
    caf::anon_send(x->home.blocking().handle(), blocking_message::run_held{});
  settle();
}

// -- crashes --------------------------------------------------------------------

void channel_case::crash(const test_channel& x, const std::string& text) {
  crash(x.name(), x.actor(), text);
}

void channel_case::crash(const std::string& child_id, const std::string& text) {
  crash(child_id, child(child_id), text);
}

void channel_case::crash(const std::string& name, const caf::actor& whom, const std::string& text) {
  if (!whom)
    throw std::logic_error("crash: no actor runs " + name);
  crashed_[name] = whom.address();
  signal_exit(whom, exits::crash(text));
  settle();
  if (is_alive(whom)) // it traps exits
    signal_exit(whom, exits::kill());
  settle();
}

void channel_case::expect_restarted(const test_channel& x, place where) {
  const auto crashed = crashed_.find(x.name());
  expect_restarted(x.name(), crashed == crashed_.end() ? x.first_actor() : crashed->second, x.actor(), where);
}

void channel_case::expect_restarted(const std::string& child_id, place where) {
  const auto crashed = crashed_.find(child_id);
  if (crashed == crashed_.end())
    fail_expectation("the test has not crashed " + child_id, where);
  expect_restarted(child_id, crashed->second, child(child_id), where);
}

void channel_case::expect_restarted(const std::string& name, const caf::actor_addr& before, const caf::actor& now,
                                    place where) {
  if (!is_alive(node_->root))
    fail_expectation(name
                       + " does not run again: the tree has given up, because more crashed than the intensity of its "
                         "root allows",
                     where);
  if (!before || (now && now.address() == before))
    fail_expectation(name + " has not crashed", where);
  if (!now || !is_alive(now))
    fail_expectation(name + " does not run again", where);
}

void channel_case::fault(std::string_view rule) {
  world_->system.options().faults().set(fault_rule::parse(rule));
}

void channel_case::no_more_faults() {
  world_->system.options().faults().clear();
}

std::ptrdiff_t channel_case::events(const std::string& name) const {
  return world_->system.events(name);
}

} // namespace bennu
