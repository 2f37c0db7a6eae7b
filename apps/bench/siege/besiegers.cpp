#include "apps/bench/siege/besiegers.hpp"

#include <chrono>
#include <exception>
#include <stdexcept>

#include <sys/resource.h>
#include <unistd.h>

namespace bennu::bench {

namespace {

using clock = std::chrono::steady_clock;

// Few enough that no listen queue overflows.
constexpr size_t connects_per_turn = 3;

// Each client acts once per second. The turns spread the clients over the second.
constexpr std::chrono::milliseconds turn_time{1};
constexpr size_t turns_per_second = 1000;

using crowd_of_attackers = std::vector<std::unique_ptr<attacker>>;

void connect_some(crowd_of_attackers& all, clock::time_point now) {
  size_t connecting = 0;
  for (auto& x : all)
    if (!x->is_connected() && x->reconnects_at() <= now && connecting++ < connects_per_turn)
      x->connect();
}

} // namespace

besiegers::besiegers(const battlefield& field, std::vector<const attack*> attacks, size_t of_each, int nice)
  : field_(field), attacks_(std::move(attacks)), of_each_(of_each), nice_(nice), counts_(attacks_.size()),
    thread_([this] { run(); }) {}

besiegers::~besiegers() {
  stop_ = true;
  thread_.join();
}

// Their thread disconnects those that are connected and do not attack, so that this is the order.
void besiegers::begin() {
  attacking_ = true;
  connected_ = true;
}

void besiegers::pause() {
  attacking_ = false;
  while (!has_failed_ && connected_)
    connected_.wait(true);
  if (has_failed_)
    throw std::runtime_error("the hostile clients have failed: " + failure_);
}

void besiegers::run() {
  try {
    besiege();
  } catch (const std::exception& x) {
    fail(x.what());
  } catch (...) {
    fail("an exception that is not a std::exception");
  }
}

void besiegers::fail(const std::string& why) {
  failure_ = why;
  has_failed_ = true;
  connected_ = false;
  connected_.notify_all();
}

void besiegers::besiege() {
  // Real attackers use other machines. A low priority leaves the cores of this machine to the healthy clients.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice_);
  poller loop;
  crowd_of_attackers all; // those of all attacks in turn, so that each attack begins at once
  for (size_t i = 0; i < of_each_; ++i)
    for (size_t kind = 0; kind < attacks_.size(); ++kind)
      all.push_back(attacks_[kind]->make(loop, field_, i, counts_[kind]));
  auto next_turn = clock::now();
  for (size_t turn = 0; !stop_;) {
    const auto now = clock::now();
    if (!attacking_ && connected_) {
      for (auto& x : all)
        x->disconnect();
      connected_ = false;
      connected_.notify_all();
    }
    if (attacking_)
      connect_some(all, now);
    if (now >= next_turn) {
      next_turn = now + turn_time;
      ++turn;
      ++turns_;
      for (size_t i = turn % turns_per_second; i < all.size(); i += turns_per_second)
        all[i]->tick();
    }
    loop.turn(turn_time);
  }
}

} // namespace bennu::bench
