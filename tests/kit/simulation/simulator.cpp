#include "tests/kit/simulation/simulator.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "supervision/process/crash_report.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

simulator::simulator(uint64_t seed, simulated_node_options nodes, simulated_network_options network)
  : seed_(seed), chance_(seed), options_(std::move(nodes)), network_(chance_, network) {}

simulator::~simulator() = default;

// -- nodes --------------------------------------------------------------------

simulated_node& simulator::start(const std::string& name) {
  if (nodes_.contains(name))
    crash(name);
  paused_.erase(name);
  const peer who{name, ++lives_};
  happened("start " + name + ", life " + std::to_string(who.incarnation));
  auto& started = nodes_[name];
  started = std::make_unique<simulated_node>(who, network_, options_, now_);
  network_.add(who, now_);
  return *started;
}

void simulator::crash(const std::string& name) {
  happened("crash " + name);
  network_.remove(name, now_);
  nodes_.erase(name);
}

void simulator::stop(const std::string& name, std::chrono::milliseconds within,
                     const std::function<void()>& after_each_step) {
  happened("stop " + name);
  const auto root = (*this)[name].root();
  signal_exit(root, exits::shutdown());
  const auto has_stopped = [&] {
    if (after_each_step)
      after_each_step();
    return !is_alive(root);
  };
  run_until(has_stopped, within);
  network_.remove(name, now_);
  nodes_.erase(name);
}

std::vector<std::string> simulator::names() const {
  std::vector<std::string> result;
  for (const auto& [name, x] : nodes_)
    result.push_back(name);
  return result;
}

// -- the network --------------------------------------------------------------

void simulator::cut(const std::string& a, const std::string& b) {
  happened("cut " + a + " " + b);
  network_.cut(a, b, now_);
}

void simulator::heal(const std::string& a, const std::string& b) {
  happened("heal " + a + " " + b);
  network_.heal(a, b, now_);
}

void simulator::heal_all() {
  happened("heal all links");
  network_.end_delays(now_);
  paused_.clear();
  network_.heal_all(now_);
}

void simulator::reset(const std::string& a, const std::string& b) {
  happened("reset " + a + " " + b);
  network_.reset(a, b, now_);
}

void simulator::stall(const std::string& from, const std::string& to, std::chrono::milliseconds time) {
  happened("stall " + from + " to " + to + " for " + std::to_string(time.count()) + " ms");
  network_.stall(from, to, now_ + time);
}

void simulator::pause(const std::string& name, std::chrono::milliseconds time) {
  happened("pause " + name + " for " + std::to_string(time.count()) + " ms");
  auto& until = paused_[name];
  until = std::max(until, now_ + time);
  network_.pause(name, until);
  after(time, [] {}); // so that time stops at the end of the pause
}

std::chrono::nanoseconds simulator::paused_for(const std::string& name) const {
  const auto found = paused_.find(name);
  return found == paused_.end() ? std::chrono::nanoseconds{0}
                                : std::max(found->second - now_, std::chrono::nanoseconds{0});
}

void simulator::slow(const std::string& from, const std::string& to, std::chrono::milliseconds latency) {
  if (latency.count() != 0)
    happened("slow " + from + " to " + to + " by " + std::to_string(latency.count()) + " ms");
  network_.slow(from, to, latency);
}

void simulator::lose(const std::string& from, const std::string& to, std::chrono::milliseconds time) {
  happened("lose what " + from + " sends to " + to + " for " + std::to_string(time.count()) + " ms");
  network_.lose(from, to, now_ + time);
}

void simulator::jump(const std::string& name, std::chrono::milliseconds ahead) {
  happened("the clock of " + name + " jumps " + std::to_string(ahead.count()) + " ms");
  (*this)[name].jump(ahead);
}

// -- time ---------------------------------------------------------------------

void simulator::happened(std::string what) {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()).count();
  history_.push_back(std::to_string(since) + " us, step " + std::to_string(steps_) + ": " + std::move(what));
}

// FNV-1a.
void simulator::trace(uint64_t what) noexcept {
  fingerprint_ = (fingerprint_ ^ what) * 0x100000001B3U;
}

void simulator::trace(std::string_view what) noexcept {
  for (const auto x : what)
    trace(static_cast<uint64_t>(static_cast<unsigned char>(x)));
}

bool simulator::step(time_point until) {
  ++steps_;
  if (++steps_at_this_time_ > most_steps_at_one_time)
    never_rests();
  // Runs an actor four times out of five, because messages within a node are faster than those between nodes.
  if (chance_() % 5 == 0)
    return deliver_something() || run_some_actor() || pass_time(until);
  return run_some_actor() || deliver_something() || pass_time(until);
}

void simulator::never_rests() {
  std::string busy;
  for (const auto& [name, x] : nodes_)
    if (x->runnable() > 0)
      busy += (busy.empty() ? "" : ", ") + x->next_label() + " on node " + name;
  throw std::runtime_error("no time can pass, because somebody handles one message after another: " + busy);
}

void simulator::after(std::chrono::nanoseconds time, std::function<void()> f) {
  actions_.emplace(now_ + time, std::move(f));
}

bool simulator::do_something_due() {
  if (actions_.empty() || actions_.begin()->first > now_)
    return false;
  const auto action = actions_.extract(actions_.begin());
  trace(0xAC710);
  action.mapped()();
  return true;
}

bool simulator::run_some_actor() {
  const auto runnable = [this](const std::string& name, simulated_node& x) {
    return paused_for(name).count() > 0 ? 0 : x.runnable();
  };
  size_t all = 0;
  for (const auto& [name, x] : nodes_)
    all += runnable(name, *x);
  if (all == 0)
    return false;
  auto chosen = chance_() % all;
  for (const auto& [name, x] : nodes_) {
    const auto here = runnable(name, *x);
    if (chosen < here) {
      trace(x->who().incarnation << 32 | chosen);
      x->run_one(chosen);
      return true;
    }
    chosen -= here;
  }
  return false;
}

bool simulator::deliver_something() {
  const bool is_action_due = !actions_.empty() && actions_.begin()->first <= now_;
  if (is_action_due && chance_() % 2 == 0)
    return do_something_due();
  auto next = network_.take_due(now_);
  if (!next)
    return do_something_due();
  auto& [name, what] = *next;
  if (const auto to = nodes_.find(name); to != nodes_.end()) {
    trace(to->second->who().incarnation << 40 | what.index());
    std::visit([&](const auto& x) { to->second->deliver(x); }, what);
  }
  return true;
}

bool simulator::pass_time(time_point until) {
  auto next = network_.next_due();
  const auto consider = [&next](time_point x) { next = next ? std::min(*next, x) : x; };
  if (!actions_.empty())
    consider(actions_.begin()->first);
  for (const auto& [name, x] : nodes_)
    if (const auto timer = x->next_timer())
      consider(std::max(*timer, now_ + paused_for(name)));
  if (!next || *next > until)
    return false;
  if (*next > now_)
    steps_at_this_time_ = 0;
  now_ = std::max(now_, *next);
  trace(static_cast<uint64_t>(now_.time_since_epoch().count()));
  advance_nodes();
  return true;
}

void simulator::run_for(std::chrono::nanoseconds time) {
  const auto until = now_ + time;
  while (step(until)) {}
  if (until > now_)
    steps_at_this_time_ = 0;
  now_ = until;
  advance_nodes();
}

void simulator::advance_nodes() {
  for (const auto& [name, x] : nodes_)
    if (paused_for(name).count() == 0)
      x->advance_to(now_);
}

bool simulator::run_until(const std::function<bool()>& condition, std::chrono::nanoseconds within) {
  const auto until = now_ + within;
  while (!condition())
    if (!step(until))
      return condition();
  return true;
}

} // namespace bennu::engine
