#include <bennu/supervision/fault.hpp>

#include <algorithm>
#include <utility>

#include <caf/actor_system.hpp>

#include "supervision/process/numbers.hpp"
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu {

namespace {

// splitmix64 (Steele, Lea, Flood 2014): it has eight bytes of state, and any seed is good.
uint64_t next_number(uint64_t& state) noexcept {
  return engine::mixed(state += 0x9E3779B97F4A7C15U);
}

fault_place place_of(fault_action what) noexcept {
  if (what == fault_action::full_disk)
    return fault_place::write;
  return what == fault_action::refuse ? fault_place::start : fault_place::message;
}

// An occasion is no message: the rule for it names its event, and rules for any message leave it alone.
bool is_for(const fault_rule& rule, fault_place where, std::string_view event) noexcept {
  if (where == fault_place::occasion)
    return rule.what == fault_action::crash && rule.event == event;
  return place_of(rule.what) == where && matches_pattern(rule.event, event);
}

// The fault points of all systems of this program.
struct everywhere {
  std::mutex mutex;
  std::vector<fault_points*> points;

  static everywhere& get() {
    static auto* result = new everywhere; // never destroyed: threads that write files may outlive static objects
    return *result;
  }
};

} // namespace

std::atomic<int64_t> fault_points::active_{0};

fault_points::fault_points() {
  auto& all = everywhere::get();
  std::lock_guard guard{all.mutex};
  all.points.push_back(this);
}

fault_points::~fault_points() {
  {
    auto& all = everywhere::get();
    std::lock_guard guard{all.mutex};
    all.points.erase(std::find(all.points.begin(), all.points.end(), this));
  }
  clear();
}

bool fault_points::is_disk_full(std::string_view label) {
  if (!active())
    return false;
  auto& all = everywhere::get();
  std::lock_guard guard{all.mutex};
  return std::any_of(all.points.begin(), all.points.end(), [label](fault_points* x) {
    std::lock_guard own{x->mutex_};
    return x->choose(fault_place::write, label, "write") != nullptr;
  });
}

bool matches_pattern(std::string_view pattern, std::string_view text) noexcept {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos)
    return pattern == text;
  if (!text.starts_with(pattern.substr(0, star)))
    return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  // The text between two stars is matched at its first occurrence; the rest must match the end.
  for (auto next = pattern.find('*'); next != std::string_view::npos; next = pattern.find('*')) {
    const auto at = text.find(pattern.substr(0, next));
    if (at == std::string_view::npos)
      return false;
    text.remove_prefix(at + next);
    pattern.remove_prefix(next + 1);
  }
  return text.ends_with(pattern);
}

fault_points& fault_points::of(const caf::actor_system& system) noexcept {
  if (auto* ours = dynamic_cast<const config*>(&system.config()))
    return ours->faults();
  static fault_points fallback;
  return fallback;
}

fault_points::rule_id fault_points::set(fault_rule rule) {
  std::lock_guard guard{mutex_};
  const auto seed = rule.seed;
  rules_.push_back({++last_id_, std::move(rule), seed});
  hold();
  return last_id_;
}

void fault_points::clear(rule_id id) {
  std::lock_guard guard{mutex_};
  for (auto n = std::erase_if(rules_, [id](auto& x) { return x.id == id; }); n > 0; --n)
    release();
}

void fault_points::clear() {
  std::lock_guard guard{mutex_};
  for (auto& x : std::exchange(rules_, {})) {
    static_cast<void>(x);
    release();
  }
}

bool fault_points::chooses(entry& x) {
  if (x.rule.times > 0 && x.hits >= x.rule.times)
    return false;
  constexpr auto unit = 1.0 / 9007199254740992.0; // 2^-53: a double has as many bits
  if (static_cast<double>(next_number(x.state) >> 11U) * unit >= x.rule.probability)
    return false;
  ++x.hits;
  return true;
}

// REQUIRES: the caller holds the lock.
const fault_points::entry* fault_points::choose(fault_place where, std::string_view label, std::string_view event) {
  for (auto& x : rules_)
    if (is_for(x.rule, where, event) && matches_pattern(x.rule.label, label) && chooses(x))
      return &x;
  return nullptr;
}

uint64_t fault_points::hits(rule_id id) const {
  std::lock_guard guard{mutex_};
  const auto found = std::find_if(rules_.begin(), rules_.end(), [id](auto& x) { return x.id == id; });
  return found == rules_.end() ? 0 : found->hits;
}

std::optional<fault_rule> fault_points::hit(caf::actor_system& system, std::string_view label, std::string_view event,
                                            fault_place where) {
  std::optional<fault_rule> result;
  uint64_t hits = 0;
  {
    std::lock_guard guard{mutex_};
    if (const auto* chosen = choose(where, label, event)) {
      result = chosen->rule;
      hits = chosen->hits;
    }
  }
  if (auto* hub = result ? telemetry::listening(system) : nullptr) {
    auto text = to_string(*result);
    hub->emit("fault.hit", {{"hits", static_cast<int64_t>(hits)}},
              {{"label", label}, {"event", event}, {"rule", text}});
  }
  return result;
}

} // namespace bennu
