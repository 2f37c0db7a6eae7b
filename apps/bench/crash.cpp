#include <algorithm>
#include <stdexcept>
#include <string>

#include "apps/bench/command_line.hpp"
#include "apps/bench/crowd.hpp"
#include "apps/bench/fanout.hpp"

namespace bennu::bench {

namespace {

/// Crashes one channel after another. The clients take turns: besides the topic of the fan-out, each joins a channel
/// `echo:victim-N`, makes it crash, and must receive `phx_error`. The messages of the fan-out arrive on the same
/// connections; `others` checks them.
class crash_run final : public client_events {
public:
  crash_run(crowd& clients, client_events& others) : clients_(clients), others_(others) { clients.report_to(*this); }

  /// Starts the first of `crashes` crashes. Each answer of the server then triggers the next step.
  void begin(size_t crashes) {
    left_ = crashes;
    join_next();
  }

  bool is_done() const noexcept { return left_ == 0; }
  const histogram& latency() const noexcept { return latency_; }

private:
  enum class phase { idle, joining, crashing };

  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;
  void join_next();
  void crash_channel();

  crowd& clients_;
  client_events& others_;
  size_t left_ = 0;
  phase phase_ = phase::idle;
  uint64_t join_ref_ = 1; // the join of the fan-out's topic has 1
  size_t victim_ = 0;
  std::string topic_;
  time_point crashed_at_;
  histogram latency_;
};

void crash_run::join_next() {
  victim_ = (victim_ + 1) % clients_.size();
  ++join_ref_;
  topic_ = "echo:victim-" + std::to_string(victim_);
  const auto ref = std::to_string(join_ref_);
  phase_ = phase::joining;
  clients_[victim_].write(write_message(ref, ref, topic_, "phx_join", "{}"));
  clients_[victim_].flush();
}

void crash_run::crash_channel() {
  const auto ref = std::to_string(join_ref_);
  phase_ = phase::crashing;
  crashed_at_ = std::chrono::steady_clock::now();
  clients_[victim_].write(write_message(ref, "c" + ref, topic_, "crash", "{}"));
  clients_[victim_].flush();
}

void crash_run::received(client& from, const message_view& message, time_point when) {
  if (message.event == "\"msg\"")
    return others_.received(from, message, when);
  const auto ref = '"' + std::to_string(join_ref_) + '"';
  const bool ours =
    from.number() == victim_ && message.topic == '"' + topic_ + '"' && message.join_ref == ref && message.ref == ref;
  if (ours && phase_ == phase::joining && message.event == "\"phx_reply\""
      && message.payload.find("\"ok\"") != std::string_view::npos)
    return crash_channel();
  if (!ours || phase_ != phase::crashing || message.event != "\"phx_error\"")
    throw std::runtime_error("crash: client " + std::to_string(from.number()) + " received "
                             + std::string{message.event} + " " + std::string{message.payload} + " while " + topic_
                             + " crashed");
  latency_.add(static_cast<uint64_t>((when - crashed_at_).count()));
  phase_ = phase::idle;
  if (--left_ > 0)
    join_next();
}

/// Crashes `count` channels while the fan-out goes on, then waits for the last message of the fan-out.
void crash_under_load(poller& loop, crash_run& crashes, fanout_run& traffic, size_t count) {
  crashes.begin(count);
  while (!crashes.is_done()) {
    traffic.publish_due(time_point::max());
    turn_or_fail(loop, "the end of a crash");
  }
  while (!traffic.is_idle())
    turn_or_fail(loop, "the last messages of the fan-out");
}

} // namespace

figures crash(const target& server, const options& how) {
  if (server.pid == 0)
    throw std::runtime_error("crash reads the server's memory: pass --pid");
  poller loop;
  crowd clients(loop, server, how.clients, [](size_t) { return std::string{"bench:witnesses"}; });
  fanout_run traffic(loop, clients, how, how.windows.front());
  crash_run crashes(clients, traffic);

  // The warm-up, a tenth of the crashes, fills the server's caches and pools before its memory is read.
  crash_under_load(loop, crashes, traffic, std::max<size_t>(1, how.crashes / 10));
  const auto before = settled_resident_bytes(server.pid);
  const auto delivered_before = traffic.deliveries();
  meter measured(server);
  crash_under_load(loop, crashes, traffic, how.crashes);
  measured.stop();
  const auto delivered = static_cast<double>(traffic.deliveries() - delivered_before);
  const auto grown = static_cast<double>(settled_resident_bytes(server.pid)) - static_cast<double>(before);

  const auto name = "crash " + std::to_string(how.crashes);
  return {
    {name + ": crashes", static_cast<double>(how.crashes) / measured.seconds(), "1/s"},
    {name + ": crash to phx_error p50", microseconds(crashes.latency(), 0.5), "us"},
    {name + ": crash to phx_error p99", microseconds(crashes.latency(), 0.99), "us"},
    {name + ": messages to the others, none lost", delivered, ""},
    {name + ": growth of resident memory", grown / 1024, "KiB"},
  };
}

} // namespace bennu::bench
