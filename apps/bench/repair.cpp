#include <algorithm>
#include <stdexcept>
#include <string>

#include "apps/bench/command_line.hpp"
#include "apps/bench/crowd.hpp"

namespace bennu::bench {

namespace {

// A channel may restart three times within five seconds; one crash more and its supervisor gives up.
constexpr std::chrono::nanoseconds between_crashes_of_one = std::chrono::seconds{2};
constexpr std::chrono::nanoseconds between_crashes = std::chrono::milliseconds{2};

/// Sends pings to all channels at a steady rate and crashes one channel after another. The write that carries the crash
/// also carries the next event, `since_crash`, which the restarted channel answers with the nanoseconds since its
/// throw. Every ping must be answered, in order.
class repair_run final : public client_events {
public:
  repair_run(poller& loop, crowd& clients, const options& how)
    : loop_(loop), clients_(clients), pings_(clients, how.rate, how.payload_bytes),
      crash_every_(std::max(between_crashes, between_crashes_of_one / static_cast<int>(clients.size()))) {
    clients.report_to(*this);
  }

  /// Crashes `crashes` channels, then waits until every ping is answered.
  void run(size_t crashes);

  uint64_t pings() const noexcept { return pings_.answered(); }

  /// Times from the throw to the next handled event, in nanoseconds by the server's clock.
  const histogram& repairs() const noexcept { return repairs_; }

  const histogram& round_trips() const noexcept { return pings_.round_trips(); }
  void reset() noexcept {
    repairs_ = {};
    pings_.reset();
  }

private:
  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;
  void crash_due(time_point now);

  poller& loop_;
  crowd& clients_;
  steady_pings pings_;
  std::chrono::nanoseconds crash_every_;
  size_t victim_ = 0;
  size_t left_ = 0;
  bool repairing_ = false;
  time_point next_crash_;
  histogram repairs_;
};

void repair_run::run(size_t crashes) {
  left_ = crashes;
  next_crash_ = std::chrono::steady_clock::now();
  pings_.begin(next_crash_);
  auto last_event = next_crash_;
  while (left_ > 0 || !pings_.all_answered()) {
    const auto now = std::chrono::steady_clock::now();
    if (left_ > 0)
      pings_.ping_due(now), crash_due(now);
    if (loop_.turn(std::chrono::milliseconds{1}) > 0)
      last_event = now;
    else if (now - last_event > std::chrono::seconds{10})
      throw std::runtime_error("repair: the server sent nothing for ten seconds");
  }
}

void repair_run::crash_due(time_point now) {
  if (repairing_ || now < next_crash_)
    return;
  next_crash_ = now + crash_every_;
  repairing_ = true;
  victim_ = (victim_ + 7919) % clients_.size(); // far from the last victim and from the clients that were just pinged
  auto& victim = clients_[victim_];
  victim.write(write_message("1", "crash", clients_.topic(victim_), "crash", "{}"));
  victim.write(write_message("1", "since", clients_.topic(victim_), "since_crash", "{}"));
  victim.flush();
}

void repair_run::received(client& from, const message_view& message, time_point when) {
  if (message.ref == "\"crash\"")
    return;
  if (message.ref != "\"since\"")
    return pings_.received(from, message, when);
  const auto since = number_in(message.payload, "\"ns\"");
  if (!repairing_ || from.number() != victim_ || !since)
    throw std::runtime_error("repair: client " + std::to_string(from.number()) + " received "
                             + std::string{message.event} + " " + std::string{message.payload}
                             + " as the reply to the event after a crash");
  repairs_.add(*since);
  repairing_ = false;
  --left_;
}

} // namespace

figures repair(const target& server, const options& how) {
  poller loop;
  crowd clients(loop, server, how.clients, [](size_t i) { return "repaired:" + std::to_string(i); });
  repair_run run(loop, clients, how);
  run.run(std::max<size_t>(1, how.crashes / 10));
  run.reset();
  const auto pings_before = run.pings();
  meter measured(server);
  run.run(how.crashes);
  measured.stop();

  const auto name = "repair " + std::to_string(how.crashes) + " among " + std::to_string(how.clients);
  return {
    {name + ": throw to the next handled event p50", microseconds(run.repairs(), 0.5), "us"},
    {name + ": throw to the next handled event p99", microseconds(run.repairs(), 0.99), "us"},
    {name + ": pings answered meanwhile, none lost", static_cast<double>(run.pings() - pings_before), ""},
    {name + ": pings", static_cast<double>(run.pings() - pings_before) / measured.seconds(), "1/s"},
    {name + ": round trip of a ping p50", microseconds(run.round_trips(), 0.5), "us"},
    {name + ": round trip of a ping p99", microseconds(run.round_trips(), 0.99), "us"},
  };
}

} // namespace bennu::bench
