#include <stdexcept>
#include <string>
#include <vector>

#include "apps/bench/command_line.hpp"
#include "apps/bench/crowd.hpp"

namespace bennu::bench {

namespace {

/// Keeps `window` pings in flight on each client's own channel. The replies must come once, in order and unchanged.
class echo_run final : public client_events {
public:
  echo_run(poller& loop, crowd& clients, const options& how, size_t window)
    : loop_(loop), clients_(clients), window_(window), pad_(how.payload_bytes, 'x'), conversations_(clients.size()) {
    for (size_t i = 0; i < conversations_.size(); ++i) {
      conversations_[i].sent_at.resize(window);
      conversations_[i].due = true;
      due_.push_back(i);
    }
    clients.report_to(*this);
  }

  /// Sends pings until `end`, then waits for the last reply.
  void run_until(time_point end) {
    ping_due(end);
    while (in_flight_ > 0) {
      turn_or_fail(loop_, "the replies to " + std::to_string(in_flight_) + " pings");
      ping_due(end);
    }
  }

  uint64_t echoes() const noexcept { return echoes_; }
  const histogram& latency() const noexcept { return latency_; }
  void reset_latency() noexcept { latency_ = {}; }

private:
  struct conversation {
    uint64_t sent = 0;
    uint64_t answered = 0;
    std::vector<time_point> sent_at; // of the last `window` pings
    bool due = false;                // is in `due_`
  };

  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;
  void ping_due(time_point end);

  poller& loop_;
  crowd& clients_;
  size_t window_;
  std::string pad_;
  std::vector<conversation> conversations_;
  std::vector<size_t> due_; // clients that may send another ping
  size_t in_flight_ = 0;
  uint64_t echoes_ = 0;
  histogram latency_;
};

void echo_run::ping_due(time_point end) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= end)
    return;
  for (const auto i : due_) {
    auto& x = conversations_[i];
    x.due = false;
    for (; x.sent - x.answered < window_; ++x.sent, ++in_flight_) {
      x.sent_at[x.sent % window_] = now;
      clients_[i].write(write_message("1", std::to_string(x.sent + 2), clients_.topic(i), "ping",
                                      numbered_payload(i, x.sent, pad_.size())));
    }
    clients_[i].flush();
  }
  due_.clear();
}

void echo_run::received(client& from, const message_view& message, time_point when) {
  auto& x = conversations_[from.number()];
  const auto number = number_in(message.payload, "\"n\"");
  if (message.event != "\"phx_reply\"" || number != x.answered || number_in(message.payload, "\"p\"") != from.number()
      || message.payload.find(pad_) == std::string_view::npos)
    throw std::runtime_error("echo: client " + std::to_string(from.number()) + " expected reply "
                             + std::to_string(x.answered) + " and received " + std::string{message.event} + " "
                             + std::string{message.payload});
  latency_.add(static_cast<uint64_t>((when - x.sent_at[x.answered % window_]).count()));
  ++x.answered;
  ++echoes_;
  --in_flight_;
  if (!x.due) {
    x.due = true;
    due_.push_back(from.number());
  }
}

} // namespace

figures echo(const target& server, const options& how) {
  figures result;
  for (const auto window : how.windows) {
    poller loop;
    crowd clients(loop, server, how.clients, [](size_t i) { return "bench:echo-" + std::to_string(i); });
    echo_run run(loop, clients, how, window);
    run.run_until(std::chrono::steady_clock::now() + how.duration / 4);
    run.reset_latency();
    const auto warm_up = run.echoes();
    meter measured(server);
    run.run_until(std::chrono::steady_clock::now() + how.duration);
    measured.stop();
    append_timed(result, "echo " + std::to_string(how.clients) + ", window " + std::to_string(window), "echo", measured,
                 static_cast<double>(run.echoes() - warm_up), run.latency());
  }
  return result;
}

} // namespace bennu::bench
