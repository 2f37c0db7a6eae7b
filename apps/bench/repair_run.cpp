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
  : loop_(loop), everybody_(everybody), ping_every_(std::chrono::nanoseconds{1s} / static_cast<std::int64_t>(how.rate)),
    crash_every_(std::max(between_crashes, between_crashes_of_one / static_cast<int>(everybody.size()))),
    pad_(how.payload_bytes, 'x'), conversations_(everybody.size()) {
  everybody.tell(*this);
}

void repair_run::run(size_t crashes) {
  left_ = crashes;
  next_ping_ = next_crash_ = std::chrono::steady_clock::now();
  auto heard = next_ping_;
  while (left_ > 0 || answered_ < sent_) {
    const auto now = std::chrono::steady_clock::now();
    if (left_ > 0)
      ping_due(now), crash_due(now);
    if (loop_.turn(std::chrono::milliseconds{1}) > 0)
      heard = now;
    else if (now - heard > std::chrono::seconds{10})
      throw std::runtime_error("repair: nothing came for ten seconds");
  }
}

void repair_run::ping_due(time_point now) {
  // One under way for each: those that still wait are passed over.
  for (; next_ping_ <= now; next_ping_ += ping_every_) {
    const auto i = next_;
    next_ = (next_ + 1) % conversations_.size();
    auto& x = conversations_[i];
    if (x.sent > x.answered)
      continue;
    x.sent_at = now;
    everybody_[i].write(write_message("1", std::to_string(x.sent + 2), everybody_.topic(i), "ping",
                                      numbered_payload(i, x.sent, pad_.size())));
    everybody_[i].flush();
    ++x.sent, ++sent_;
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
    return pinged(from, message, when);
  const auto since = number_in(message.payload, "\"ns\"");
  if (!repairing_ || from.number() != victim_ || !since)
    throw std::runtime_error("repair: client " + std::to_string(from.number()) + " got " + std::string{message.event}
                             + " " + std::string{message.payload} + " for the event behind a crash");
  repairs_.add(*since);
  repairing_ = false;
  --left_;
}

void repair_run::pinged(client& from, const message_view& message, time_point when) {
  auto& x = conversations_[from.number()];
  if (message.event != "\"phx_reply\"" || number_in(message.payload, "\"n\"") != x.answered)
    throw std::runtime_error("repair: client " + std::to_string(from.number()) + " waited for ping "
                             + std::to_string(x.answered) + " and got " + std::string{message.event} + " "
                             + std::string{message.payload});
  round_trips_.add(static_cast<uint64_t>((when - x.sent_at).count()));
  ++x.answered, ++answered_;
}

} // namespace bennu::bench
