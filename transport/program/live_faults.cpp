#include "transport/program/live_faults.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <future>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/send.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "actors/cluster/link/link.hpp"
#include "supervision/lookup/crash_walk.hpp"
#include "supervision/process/questions.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/cluster.hpp>

namespace bennu::engine {

namespace {

// Longer than a walk takes through a tree with a few supervisors that are stuck.
constexpr auto patience_with_walk = std::chrono::seconds{4};

// The rules by which a node suffers a `cut` or a `slow`: they drop or delay what its `link_actor` gets from the other
// node. A session needs both directions, so that a cut on one side is one for both. Delayed messages keep their order.
std::vector<fault_rule> link_rules(const fault& x) {
  std::vector<fault_rule> result;
  for (const auto* message : {"link_message", "names_message"}) {
    fault_rule rule;
    rule.what = x.rule.what == fault_action::cut ? fault_action::drop : fault_action::delay;
    rule.label = "link to " + x.peer;
    rule.event = message;
    rule.time = x.rule.time;
    result.push_back(rule);
  }
  return result;
}

// What the child calls must be safe after a fork of a program with threads (man 7 signal-safety).
void sleep_for(std::chrono::milliseconds x) noexcept {
  timespec left{x.count() / 1'000, x.count() % 1'000 * 1'000'000};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {}
}

[[noreturn]] void stop_and_continue(pid_t whom, std::chrono::milliseconds time) noexcept {
  ::close_range(0, ~0U, 0); // the ports of the node must not stay open when it ends
  sleep_for(node_pause::notice);
  if (::getppid() == whom && ::kill(whom, SIGSTOP) == 0) {
    sleep_for(time);
    if (::getppid() == whom)
      ::kill(whom, SIGCONT);
  }
  ::_exit(0);
}

} // namespace

node_pause::node_pause(std::chrono::milliseconds time) {
  const auto self = ::getpid();
  child_ = ::fork();
  if (child_ == 0)
    stop_and_continue(self, time);
  if (child_ < 0)
    throw std::system_error{errno, std::generic_category(), "fork"};
}

// While the process is stopped nothing runs that could destroy this. So the child sleeps before the pause, or is done.
node_pause::~node_pause() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

live_faults::fault_id live_faults::cause(const fault& x) {
  const auto& own_name = app_.home().name();
  if (!x.node.empty() && x.node != own_name)
    throw std::invalid_argument("this node is \"" + own_name + "\", not \"" + x.node + "\"");
  entry added;
  const auto id = last_id_ + 1;
  switch (x.rule.what) {
    case fault_action::kill:
      throw std::invalid_argument("a node cannot kill itself: the tool sends it the signal, as bennu-node chaos does");
    case fault_action::pause:
      pause_node(added, x);
      break;
    case fault_action::clock:
      added.jump = x.jump;
      wall_clock::jump(x.jump);
      break;
    case fault_action::cut:
    case fault_action::slow:
      require_link(x.peer);
      for (const auto& rule : link_rules(x))
        set(added, rule);
      if (x.rule.what == fault_action::cut)
        app_.part()->link().cut(x.peer, "a fault on purpose: " + to_string(x));
      break;
    default:
      if (x.rule.what == fault_action::crash && x.rule.event == fault_rule{}.event)
        crash_now(added, x);
      else
        set(added, x.rule);
  }
  tell("fault.caused", x);
  added.what = x;
  causing_.emplace(id, std::move(added));
  return last_id_ = id;
}

// A tool that may send signals pauses a node for as long as it likes.
void live_faults::pause_node(entry& into, const fault& x) {
  if (x.rule.time > longest_pause)
    throw std::invalid_argument("a node pauses itself for at most " + std::to_string(longest_pause.count())
                                + " ms, because nothing can heal it meanwhile");
  into.stopped = std::make_unique<node_pause>(x.rule.time);
}

live_faults::fault_id live_faults::pause(const caf::actor& whom, std::chrono::milliseconds time) {
  if (time < std::chrono::milliseconds{1} || time > longest_pause)
    throw std::invalid_argument("a pause takes from 1 to " + std::to_string(longest_pause.count()) + " ms");
  if (std::any_of(causing_.begin(), causing_.end(),
                  [&](const auto& x) { return x.second.paused == whom && !x.second.pause->is_over; }))
    throw std::invalid_argument("this process is paused already");
  entry added;
  added.what.rule.what = fault_action::pause;
  added.what.rule.time = time;
  added.paused = whom;
  added.pause = std::make_shared<process_pause>();
  whom->eq_impl(caf::make_message_id(caf::message_priority::high), nullptr, nullptr, pause_process{true, added.pause});
  auto& clock = app_.system().clock();
  clock.schedule_message(
    clock.now() + time, caf::actor_cast<caf::strong_actor_ptr>(whom),
    caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, pause_process{false, added.pause}));
  tell("fault.caused", added.what);
  causing_.emplace(++last_id_, std::move(added));
  return last_id_;
}

void live_faults::tell(const char* event, const fault& x) const {
  const auto text = to_string(x);
  if (auto* events = telemetry::listening(app_.system()))
    events->emit(event, {}, {{"fault", text}});
}

void live_faults::set(entry& into, const fault_rule& rule) {
  into.rules.push_back(fault_points::of(app_.system()).set(rule));
}

// The rule applies to this walk alone: walks of other tools have other numbers.
void live_faults::crash_now(entry& into, const fault& x) {
  const auto root = app_.root();
  if (!root)
    throw std::invalid_argument("the node is starting or stopping: nothing can be crashed now");
  static std::atomic<uint64_t> walks{0};
  auto rule = x.rule;
  rule.event = "chaos " + std::to_string(++walks);
  set(into, rule);
  fault_points::hold();
  const std::shared_ptr<void> hold{nullptr, [](void*) { fault_points::release(); }};
  const auto told = std::make_shared<std::promise<void>>();
  offer_crash(app_.system(), root, {rule.event, hold}, [told] { told->set_value(); });
  told->get_future().wait_for(patience_with_walk);
}

void live_faults::require_link(const std::string& peer) const {
  std::string known;
  if (app_.part() != nullptr)
    for (const auto& x : app_.part()->link().states()) {
      if (x.peer == peer)
        return;
      known += (known.empty() ? "" : ", ") + x.peer;
    }
  throw std::invalid_argument("this node has no link to \"" + peer
                              + "\"; it has links to: " + (known.empty() ? "none" : known));
}

uint64_t live_faults::heal(fault_id id) {
  const auto found = causing_.find(id);
  if (found == causing_.end())
    throw std::invalid_argument("there is no fault " + std::to_string(id));
  const auto result = end(found->second);
  causing_.erase(found);
  return result;
}

void live_faults::heal() {
  for (const auto& [id, x] : causing_)
    end(x);
  causing_.clear();
}

uint64_t live_faults::hits(fault_id id) const {
  uint64_t result = 0;
  if (const auto found = causing_.find(id); found != causing_.end())
    for (const auto rule : found->second.rules)
      result += fault_points::of(app_.system()).hits(rule);
  return result;
}

uint64_t live_faults::end(const entry& x) {
  uint64_t hits = 0;
  auto& points = fault_points::of(app_.system());
  for (const auto rule : x.rules) {
    hits += points.hits(rule);
    points.clear(rule);
  }
  if (x.jump.count() != 0) {
    wall_clock::jump(-x.jump);
    hits = 1;
  }
  if (x.pause) {
    hits = 1;
    caf::anon_send(x.paused, pause_process{false, x.pause});
  }
  // What is still delayed would arrive after what follows it. So the session begins again, and skips it.
  if (x.what.rule.what == fault_action::slow)
    app_.part()->link().cut(x.what.peer, "a fault on purpose is healed: " + to_string(x.what));
  tell("fault.healed", x.what);
  return hits;
}

} // namespace bennu::engine
