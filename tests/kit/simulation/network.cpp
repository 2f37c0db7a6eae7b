#include "tests/kit/simulation/network.hpp"

#include <algorithm>
#include <type_traits>

namespace bennu::engine {

using std::chrono::microseconds;

namespace {

size_t size_of(const simulated_network::event& x) {
  const auto* block = std::get_if<link_received>(&x);
  return block ? block->bytes->size() : 0;
}

// Whether `x` is part of a session, so that the end of the session may lose it.
bool is_of(uint64_t session, const simulated_network::event& x) {
  return std::visit(
    [session]<class Event>(const Event& what) {
      return !std::is_same_v<Event, link_up> && !std::is_same_v<Event, link_down> && what.session == session;
    },
    x);
}

} // namespace

// -- nodes and links ----------------------------------------------------------

void simulated_network::add(const peer& who, time_point now) {
  nodes_[who.name] = who;
  for (const auto& [name, other] : nodes_)
    if (name != who.name && pairs_[sorted(name, who.name)].wanted)
      begin(name, who.name, now);
}

void simulated_network::remove(const std::string& name, time_point now) {
  for (const auto& [other, x] : nodes_)
    if (other != name)
      end(name, other, now, "the node is gone");
  nodes_.erase(name);
  for (auto& [way, on] : wires_)
    if (way.second == name) { // the pause ends with the node; other faults that the test set on the way to it stay
      on.items.clear();
      on.bytes = 0;
      on.session.reset();
      on.paused_until = {};
    }
}

void simulated_network::cut(const std::string& a, const std::string& b, time_point now) {
  pairs_[sorted(a, b)].wanted = false;
  end(a, b, now, "cut");
}

void simulated_network::heal(const std::string& a, const std::string& b, time_point now) {
  pairs_[sorted(a, b)].wanted = true;
  begin(a, b, now);
}

void simulated_network::heal_all(time_point now) {
  for (auto& [ends, pair] : pairs_) {
    pair.wanted = true;
    begin(ends.first, ends.second, now);
  }
}

void simulated_network::reset(const std::string& a, const std::string& b, time_point now) {
  end(a, b, now, "reset");
  if (pairs_[sorted(a, b)].wanted)
    begin(a, b, now);
}

void simulated_network::stall(const std::string& from, const std::string& to, time_point until) {
  auto& on = wires_[{from, to}];
  on.stalled_until = std::max(on.stalled_until, until);
}

void simulated_network::pause(const std::string& to, time_point until) {
  for (const auto& [from, x] : nodes_)
    if (from != to) {
      auto& on = wires_[{from, to}];
      on.paused_until = std::max(on.paused_until, until);
    }
}

void simulated_network::end_delays(time_point now) {
  for (auto& [way, on] : wires_) {
    const bool is_delayed = on.extra.count() > 0 || std::max(on.stalled_until, on.paused_until) > now;
    on.stalled_until = on.paused_until = on.refused_until = {};
    on.extra = {};
    if (is_delayed)
      for (auto& x : on.items)
        x.due = std::min(x.due, now + options_.max_latency);
  }
}

void simulated_network::slow(const std::string& from, const std::string& to, microseconds latency) {
  wires_[{from, to}].extra = latency;
}

void simulated_network::lose(const std::string& from, const std::string& to, time_point until) {
  auto& on = wires_[{from, to}];
  on.refused_until = std::max(on.refused_until, until);
}

bool simulated_network::connected(const std::string& a, const std::string& b) const {
  const auto found = pairs_.find(sorted(a, b));
  return found != pairs_.end() && found->second.session != 0;
}

void simulated_network::begin(const std::string& a, const std::string& b, time_point now) {
  auto& pair = pairs_[sorted(a, b)];
  if (a == b || pair.session != 0 || !nodes_.contains(a) || !nodes_.contains(b))
    return;
  pair.session = ++last_session_;
  push(wires_[{a, b}], now, options_.max_latency, link_up{nodes_[a], pair.session});
  push(wires_[{b, a}], now, options_.max_latency, link_up{nodes_[b], pair.session});
}

// The blocks in flight arrive up to a random one. Later the receiver notices the end.
void simulated_network::end(const std::string& a, const std::string& b, time_point now, const char* why) {
  auto& pair = pairs_[sorted(a, b)];
  const auto session = std::exchange(pair.session, 0);
  if (session == 0)
    return;
  for (const auto& [from, to] : {wire_name{a, b}, wire_name{b, a}}) {
    auto& on = wires_[{from, to}];
    const auto first =
      std::find_if(on.items.begin(), on.items.end(), [&](const item& x) { return is_of(session, x.what); });
    const auto blocks = static_cast<size_t>(on.items.end() - first);
    for (auto kept = blocks == 0 ? 0 : chance_() % (blocks + 1); kept < blocks; ++kept) {
      on.bytes -= size_of(on.items.back().what);
      on.items.pop_back();
      ++lost_blocks_;
    }
    push(on, now, options_.max_notice, link_down{nodes_[from], session, why});
  }
}

// -- wires --------------------------------------------------------------------

microseconds simulated_network::latency(microseconds at_most) {
  const auto range = std::max<microseconds::rep>(1, (at_most - options_.min_latency).count());
  return options_.min_latency + microseconds{static_cast<microseconds::rep>(chance_() % static_cast<uint64_t>(range))};
}

void simulated_network::push(wire& on, time_point now, microseconds at_most, event what) {
  auto due = std::max({now + latency(at_most) + on.extra, on.stalled_until, on.paused_until});
  if (!on.items.empty())
    due = std::max(due, on.items.back().due);
  on.bytes += size_of(what);
  on.items.push_back({due, std::move(what)});
}

// The session as the sender sees it, if it is not over.
uint64_t simulated_network::session_of(const std::string& from, const std::string& to) {
  const auto& known = wires_[{to, from}].session;
  return known && pairs_[sorted(from, to)].session == known->session ? known->session : 0;
}

bool simulated_network::send(const std::string& from, const std::string& to, link_block bytes, time_point now) {
  const auto& known = wires_[{to, from}].session; // as the sender knows it
  auto& on = wires_[{from, to}];
  if (!known || on.bytes + bytes->size() > options_.max_queued || now < on.refused_until)
    return false;
  if (pairs_[sorted(from, to)].session == known->session)
    push(on, now, options_.max_latency, link_received{nodes_[from], known->session, std::move(bytes)});
  else
    ++lost_blocks_; // the session is over and the sender does not know it yet
  return true;
}

size_t simulated_network::queued(const std::string& from, const std::string& to) const {
  const auto found = wires_.find({from, to});
  return found == wires_.end() ? 0 : found->second.bytes;
}

std::vector<link_up> simulated_network::sessions(const std::string& name) const {
  std::vector<link_up> result;
  for (const auto& [way, on] : wires_)
    if (way.second == name && on.session)
      result.push_back(*on.session);
  return result;
}

std::optional<simulated_network::time_point> simulated_network::next_due() const {
  std::optional<time_point> result;
  for (const auto& [way, on] : wires_)
    if (!on.items.empty() && (!result || on.items.front().due < *result))
      result = on.items.front().due;
  return result;
}

std::optional<std::pair<std::string, simulated_network::event>> simulated_network::take_due(time_point now) {
  std::vector<std::pair<const wire_name, wire>*> due;
  for (auto& x : wires_)
    if (!x.second.items.empty() && x.second.items.front().due <= now)
      due.push_back(&x);
  if (due.empty())
    return std::nullopt;
  auto& [way, on] = *due[chance_() % due.size()];
  auto what = std::move(on.items.front().what);
  on.items.pop_front();
  on.bytes -= size_of(what);
  if (const auto* up = std::get_if<link_up>(&what))
    on.session = *up;
  else if (std::holds_alternative<link_down>(what))
    on.session.reset();
  return std::pair{way.second, std::move(what)};
}

} // namespace bennu::engine
