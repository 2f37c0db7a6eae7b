#include "apps/bench/echo_run.hpp"

#include <stdexcept>

#include "apps/bench/benchmarks.hpp"

namespace bennu::bench {

echo_run::echo_run(poller& loop, crowd& everybody, const options& how, size_t window)
  : loop_(loop), everybody_(everybody), window_(window), pad_(how.payload_bytes, 'x'),
    conversations_(everybody.size()) {
  for (size_t i = 0; i < conversations_.size(); ++i) {
    conversations_[i].sent_at.resize(window);
    conversations_[i].due = true;
    due_.push_back(i);
  }
  everybody.tell(*this);
}

void echo_run::run_until(time_point end) {
  ping_due(end);
  while (under_way_ > 0) {
    turn_or_fail(loop_, "the replies to " + std::to_string(under_way_) + " pings");
    ping_due(end);
  }
}

void echo_run::ping_due(time_point end) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= end)
    return;
  for (const auto i : due_) {
    auto& x = conversations_[i];
    x.due = false;
    for (; x.sent - x.answered < window_; ++x.sent, ++under_way_) {
      x.sent_at[x.sent % window_] = now;
      everybody_[i].write(write_message("1", std::to_string(x.sent + 2), everybody_.topic(i), "ping",
                                        numbered_payload(i, x.sent, pad_.size())));
    }
    everybody_[i].flush();
  }
  due_.clear();
}

void echo_run::received(client& from, const message_view& message, time_point when) {
  auto& x = conversations_[from.number()];
  const auto number = number_in(message.payload, "\"n\"");
  if (message.event != "\"phx_reply\"" || number != x.answered || number_in(message.payload, "\"p\"") != from.number()
      || message.payload.find(pad_) == std::string_view::npos)
    throw std::runtime_error("echo: client " + std::to_string(from.number()) + " waited for reply "
                             + std::to_string(x.answered) + " and got " + std::string{message.event} + " "
                             + std::string{message.payload});
  latency_.add(static_cast<uint64_t>((when - x.sent_at[x.answered % window_]).count()));
  ++x.answered;
  ++echoes_;
  --under_way_;
  if (!x.due) {
    x.due = true;
    due_.push_back(from.number());
  }
}

} // namespace bennu::bench
