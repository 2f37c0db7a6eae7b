#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/cluster/link/link_session.hpp"

namespace bennu::test {

using namespace engine;

/// The end of a link on one node: a session, the queue before it, and what its hub would have received.
struct link_end {
  link_end(std::string own, std::string other, uint64_t incarnation)
    : name(std::move(own)), peer_name(std::move(other)), session(make(incarnation)) {}

  /// Starts a session of a new life of the node.
  link_session make(uint64_t incarnation) {
    next = incarnation * 1000;
    return link_session{{name, incarnation}, peer_name, [this] { return ++next; }};
  }

  std::string name;
  std::string peer_name;
  uint64_t next = 0;
  link_session session;
  link_queue queue;
  std::deque<link_frame> out;   // frames on their way to the other end
  std::vector<link_event> seen; // everything that the hub was told
  uint64_t sent_in = 0;         // the session in which the last block was sent
  uint64_t count = 0;           // blocks sent in it
};

/// Two ends, the paths between them, and one clock.
struct link_pair {
  link_end a{"a", "b", 7};
  link_end b{"b", "a", 9};
  link_session::time_point now{std::chrono::hours{1}};

  void connect() {
    a.session.connected(now);
    b.session.connected(now);
    collect();
  }

  /// The block says to which session it belongs and its position there, so that the other end can be checked.
  void send(link_end& from, size_t size = 0) {
    if (!from.session.is_up())
      return;
    if (std::exchange(from.sent_in, from.session.session()) != from.session.session())
      from.count = 0;
    auto text = std::to_string(from.sent_in) + " " + std::to_string(from.count++) + " " + std::string(size, 'x');
    from.queue.push(std::make_shared<const std::string>(std::move(text)), from.session.in_flight());
    pump(from);
  }

  void pump(link_end& from) {
    while (from.session.may_send() && !from.queue.empty()) {
      link_load load;
      auto body = from.queue.take(load);
      from.session.send(std::move(body), load, now);
    }
    collect();
  }

  void deliver(link_end& from, link_end& to, size_t index = 0) {
    if (from.out.empty())
      return;
    auto place = from.out.begin() + static_cast<std::ptrdiff_t>(index % from.out.size());
    auto frame = std::move(*place);
    from.out.erase(place);
    auto head = decode_link_head(encode(frame.head));
    to.session.receive({std::move(*head), std::move(frame.body)}, now);
    collect();
    pump(to);
  }

  void deliver_all() {
    while (!a.out.empty() || !b.out.empty()) {
      deliver(a, b);
      deliver(b, a);
    }
  }

  void pass(std::chrono::milliseconds time) {
    now += time;
    a.session.tick(now);
    b.session.tick(now);
    collect();
  }

  /// Lets time pass without losses.
  void heal() {
    deliver_all();
    for (int i = 0; i < 60; ++i) {
      pass(std::chrono::milliseconds{100});
      deliver_all();
    }
  }

  void collect() {
    collect(a);
    collect(b);
  }

  void collect(link_end& x) {
    for (auto& frame : x.session.take_frames())
      x.out.push_back(std::move(frame));
    for (auto& event : x.session.take_events()) {
      if (std::holds_alternative<link_down>(event))
        x.queue.clear();
      x.seen.push_back(std::move(event));
    }
  }
};

/// Returns the first breach of a session's contract in the events of a hub, or nothing.
inline std::optional<std::string> broken(const std::vector<link_event>& seen) {
  std::optional<uint64_t> session;
  uint64_t last_session = 0;
  std::string of_peer;
  uint64_t count = 0;
  for (auto& event : seen) {
    if (auto* up = std::get_if<link_up>(&event)) {
      if (session || up->session <= last_session)
        return "a session began before the last one ended, or its number did not ascend";
      session = last_session = up->session;
      of_peer.clear();
      count = 0;
    } else if (auto* down = std::get_if<link_down>(&event)) {
      if (!session || down->session != *session)
        return "an end without its beginning";
      session.reset();
    } else if (auto* block = std::get_if<link_received>(&event)) {
      if (!session || block->session != *session)
        return "a block outside of its session";
      auto text = block->bytes->substr(0, block->bytes->rfind(' '));
      const auto space = text.find(' ');
      if (of_peer.empty())
        of_peer = text.substr(0, space);
      if (of_peer != text.substr(0, space))
        return "blocks of two sessions in one";
      if (text.substr(space + 1) != std::to_string(count++))
        return "a block twice, out of order, or after a gap: " + text;
    }
  }
  return std::nullopt;
}

} // namespace bennu::test
