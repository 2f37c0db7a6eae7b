#include "apps/bench/repair_run.hpp"

#include <algorithm>
#include <stdexcept>

#include "apps/bench/benchmarks.hpp"

namespace bennu::bench {

using namespace std::chrono_literals;

namespace {

// A channel may be restarted three times in five seconds before it is given up.
constexpr std::chrono::nanoseconds between_crashes_of_one = std::chrono::seconds{2};
constexpr std::chrono::nanoseconds between_crashes = std::chrono::milliseconds{2};

} // namespace

repair_run::repair_run(poller& loop, crowd& everybody, const options& how)
  : loop_(loop), everybody_(everybody), pings_(everybody, how.rate, how.payload_bytes),
    crash_every_(std::max(between_crashes, between_crashes_of_one / static_cast<int>(everybody.size()))) {
  everybody.tell(*this);
}

void repair_run::run(size_t crashes) {
  left_ = crashes;
  next_crash_ = std::chrono::steady_clock::now();
  pings_.begin(next_crash_);
  auto heard = next_crash_;
  while (left_ > 0 || !pings_.all_answered()) {
    const auto now = std::chrono::steady_clock::now();
    if (left_ > 0)
      pings_.ping_due(now), crash_due(now);
    if (loop_.turn(std::chrono::milliseconds{1}) > 0)
      heard = now;
    else if (now - heard > std::chrono::seconds{10})
      throw std::runtime_error("repair: nothing came for ten seconds");
  }
}

void repair_run::crash_due(time_point now) {
  if (repairing_ || now < next_crash_)
    return;
  next_crash_ = now + crash_every_;
  repairing_ = true;
  victim_ = (victim_ + 7919) % everybody_.size(); // far from the one before and from those just pinged
  auto& victim = everybody_[victim_];
  victim.write(write_message("1", "crash", everybody_.topic(victim_), "crash", "{}"));
  victim.write(write_message("1", "since", everybody_.topic(victim_), "since_crash", "{}"));
  victim.flush();
}

void repair_run::received(client& from, const message_view& message, time_point when) {
  if (message.ref == "\"crash\"")
    return;
  if (message.ref != "\"since\"")
    return pings_.received(from, message, when);
  const auto since = number_in(message.payload, "\"ns\"");
  if (!repairing_ || from.number() != victim_ || !since)
    throw std::runtime_error("repair: client " + std::to_string(from.number()) + " got " + std::string{message.event}
                             + " " + std::string{message.payload} + " for the event behind a crash");
  repairs_.add(*since);
  repairing_ = false;
  --left_;
}

} // namespace bennu::bench
