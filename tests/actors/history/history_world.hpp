#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/make_counted.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/history/message.hpp"
#include "actors/history/shard.hpp"

namespace bennu::test {

using namespace engine;

/// What a message of this test says: who published it, and its number in the life of that publisher.
struct said {
  std::string who;
  uint64_t n = 0;
  friend auto operator<=>(const said&, const said&) = default;
};

inline said read(const broadcast& x) {
  const auto& body = x.body.value();
  return {body.at("who").get<std::string>(), body.at("n").get<uint64_t>()};
}

/// A client that comes and goes, through any node. It checks everything that it receives.
struct reader {
  std::string node; // where it is connected; empty: nowhere
  std::optional<history_position> position;
  uint64_t index = 0;
  uint64_t gap = 0;
  std::vector<history_mark> ahead;
  std::vector<history_mark> marks;
  std::vector<history_mark> others;
  std::map<std::string, uint64_t> last;  // by publisher
  std::map<std::string, uint64_t> start; // what each had published when the client joined anew
  std::string error;
  bool has_recovered = false;
  size_t broken = 0; ///< how often it was told that it has missed something

  void take(const broadcast& x) {
    const auto it = read(x);
    const auto known = last.find(it.who);
    if (known != last.end() && it.n <= known->second)
      error = "got " + it.who + " " + std::to_string(it.n) + " again";
    const auto before = known != last.end() ? known->second : start[it.who];
    if (it.n > before + 1)
      error = "missed something before " + it.who + " " + std::to_string(it.n);
    last[it.who] = it.n;
    position = history_position{std::string{x.position()}};
  }
};

/// Histories of nodes whose links can be cut, and readers. Everything happens at once, or never.
class history_world {
public:
  explicit history_world(history bounds, size_t total = size_t{1} << 30) : bounds_(bounds), total_(total) {}

  struct member {
    peer who;
    history_totals totals;
    std::unique_ptr<history_shard> state;
  };

  void start(const std::string& name) {
    auto& x = members_[name];
    x = std::make_unique<member>();
    x->who = {name, ++lives_};
    x->totals.max_bytes = total_;
    x->state = std::make_unique<history_shard>(
      x->who, [this](std::string_view) { return &bounds_; }, x->totals, now);
  }

  void kill(const std::string& name) {
    for (const auto& other : names())
      if (other != name)
        cut(name, other);
    for (auto& x : readers)
      if (x.node == name)
        x.node.clear();
    members_.erase(name);
  }

  void connect(const std::string& a, const std::string& b) {
    if (!up_.insert({std::min(a, b), std::max(a, b)}).second)
      return;
    for (const auto& [one, other] : {std::pair{a, b}, std::pair{b, a}}) {
      members_.at(one)->state->peer_up(members_.at(other)->who, now);
      send(one, other, members_.at(one)->state->have(now));
    }
  }

  void cut(const std::string& a, const std::string& b) {
    if (up_.erase({std::min(a, b), std::max(a, b)}) == 0)
      return;
    wires_.erase({a, b});
    wires_.erase({b, a});
    members_.at(a)->state->peer_down(members_.at(b)->who, now);
    members_.at(b)->state->peer_down(members_.at(a)->who, now);
  }

  void publish(const std::string& name, const std::string& topic = "t") {
    auto& x = *members_.at(name);
    const auto who = name + std::to_string(x.who.incarnation);
    const auto placed = x.state->publish(
      caf::make_counted<broadcast>(topic, "msg", payload(json{{"who", who}, {"n", ++published_[topic][who]}})), bounds_,
      0, now);
    deliver(name, placed);
    std::string content;
    append_history_next(content, 0, *placed);
    for (const auto& other : names())
      if (up_.contains({std::min(name, other), std::max(name, other)}))
        wires_[{name, other}].push_back(content);
  }

  bool join(reader& x, const std::string& name) {
    leave(x);
    auto found = members_.at(name)->state->join("t", bounds_, x.position, 0, now);
    x.node = name;
    x.index = found.index;
    x.gap = found.gap;
    x.ahead = found.ahead;
    x.marks = found.read;
    x.others = found.others;
    x.has_recovered = found.recovered;
    if (!found.recovered) {
      x.last.clear();
      x.start = published_["t"];
      x.position = history_position{found.position};
    }
    for (const auto& one : found.missed)
      x.take(*one);
    return found.recovered;
  }

  void leave(reader& x) {
    if (!x.node.empty())
      members_.at(x.node)->state->leave("t");
    x.node.clear();
  }

  /// Delivers one message that is under way, or loses it. @returns whether there was one.
  bool step(std::mt19937_64& chance, bool is_lost = false) {
    std::vector<std::pair<std::string, std::string>> ready;
    for (const auto& [wire, queue] : wires_)
      if (!queue.empty())
        ready.push_back(wire);
    if (ready.empty())
      return false;
    const auto wire = ready[chance() % ready.size()];
    const auto content = std::move(wires_[wire].front());
    wires_[wire].pop_front();
    if (!is_lost)
      receive(wire.first, wire.second, content);
    return true;
  }

  void settle(std::mt19937_64& chance) {
    while (step(chance))
      ;
  }

  void beat() {
    for (const auto& name : names()) {
      members_.at(name)->state->expire(now);
      for (const auto& other : names())
        if (up_.contains({std::min(name, other), std::max(name, other)}) && name != other)
          send(name, other, members_.at(name)->state->have(now));
    }
  }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, x] : members_)
      result.push_back(name);
    return result;
  }

  member& at(const std::string& name) { return *members_.at(name); }

  std::vector<said> kept(const std::string& name) {
    std::vector<said> result;
    for (const auto& x : members_.at(name)->state->read("t", std::nullopt, now).missed)
      result.push_back(read(*x));
    return result;
  }

  history_place::time_point now{std::chrono::hours{1}};
  std::deque<reader> readers;

private:
  void send(const std::string& from, const std::string& to, const history_message& x) {
    std::string content;
    append_history_message(content, 0, x);
    wires_[{from, to}].push_back(std::move(content));
  }

  void deliver(const std::string& name, const broadcast_ptr& x) {
    for (auto& one : readers) {
      if (one.node != name || x->topic != "t")
        continue;
      const auto mark =
        std::find_if(one.marks.begin(), one.marks.end(), [&](auto& y) { return y.life == x->place->life; });
      const bool has_it = mark != one.marks.end() && mark->seq >= x->place->seq;
      if (x->place->gap > one.gap && (one.has_recovered || !x->place->is_old) && !has_it) {
        ++one.broken;
        leave(one);
      }
      if (x->place->gap != 0 || x->place->index <= one.index || (x->is_old() && !one.has_recovered))
        continue;
      std::erase_if(one.ahead, [&](auto& y) { return y.life == x->place->life && x->place->seq >= y.seq; });
      if (has_it)
        continue;
      if (mark != one.marks.end())
        mark->seq = x->place->seq;
      else
        one.marks.push_back({x->place->life, x->place->seq});
      std::erase_if(one.others, [&](auto& y) { return y.life == x->place->life; });
      one.take(one.ahead.empty() ? *x : *at_position(*x, write_position(topic_hash("t"), one.marks, one.others)));
    }
  }

  void receive(const std::string& from, const std::string& to, const std::string& content) {
    auto message = parse_history_message(content);
    REQUIRE(message);
    auto& x = *members_.at(to)->state;
    const auto& sender = members_.at(from)->who;
    const auto then = [&](const broadcast_ptr& y) { deliver(to, y); };
    std::vector<history_want> wanted;
    const auto add = [&](std::optional<history_want> y) {
      if (y)
        wanted.push_back(*y);
    };
    if (auto* next = std::get_if<history_next>(&message->second))
      add(x.receive(sender, std::move(*next), now, then));
    else if (auto* part = std::get_if<history_part>(&message->second))
      add(x.receive(sender, std::move(*part), now, then));
    else if (auto* have = std::get_if<history_have>(&message->second))
      wanted = x.receive(sender, *have, now);
    else if (const auto answer = x.part(std::get<history_want>(message->second), now))
      send(to, from, *answer);
    for (const auto& y : wanted)
      send(to, from, y);
  }

  history bounds_;
  size_t total_;
  uint64_t lives_ = 0;
  std::map<std::string, std::map<std::string, uint64_t>> published_; // by topic and publisher
  std::map<std::string, std::unique_ptr<member>> members_;
  std::set<std::pair<std::string, std::string>> up_;
  std::map<std::pair<std::string, std::string>, std::deque<std::string>> wires_;
};

/// Two nodes, a and b, that are connected.
struct connected_pair : history_world {
  explicit connected_pair(history bounds = {}) : history_world(bounds) {
    start("a");
    start("b");
    connect("a", "b");
    settle();
  }

  void settle() { history_world::settle(chance_); }

private:
  std::mt19937_64 chance_{1};
};

} // namespace bennu::test
