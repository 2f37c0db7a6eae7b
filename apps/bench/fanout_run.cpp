#include "apps/bench/fanout_run.hpp"

#include <stdexcept>

#include "apps/bench/benchmarks.hpp"

namespace bennu::bench {

fanout_run::fanout_run(poller& loop, crowd& room, const options& how, size_t window)
  : loop_(loop), room_(room), window_(window), payload_bytes_(how.payload_bytes), publishers_(how.publishers),
    expected_(room.size() * how.publishers) {
  for (auto& x : publishers_) {
    x.sent_at.resize(window);
    x.missing.resize(window);
  }
  room.tell(*this);
}

void fanout_run::run_until(time_point end) {
  publish_due(end);
  while (!idle()) {
    turn_or_fail(loop_, "the deliveries of " + std::to_string(under_way_) + " publishes");
    publish_due(end);
  }
}

void fanout_run::publish_due(time_point end) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= end)
    return;
  for (size_t i = 0; i < publishers_.size(); ++i) {
    auto& x = publishers_[i];
    for (; x.under_way < window_; ++x.under_way, ++under_way_, ++x.next) {
      x.sent_at[x.next % window_] = now;
      x.missing[x.next % window_] = room_.size();
      const auto ref = std::to_string(x.next + 2);
      room_[i].write(write_message("1", ref, room_.topic(i), "pub", numbered_payload(i, x.next, payload_bytes_)));
    }
    room_[i].flush();
  }
}

void fanout_run::received(client& from, const message_view& message, time_point when) {
  if (message.event != "\"msg\"")
    return;
  const auto publisher_number = number_in(message.payload, "\"p\"");
  const auto number = number_in(message.payload, "\"n\"");
  if (!publisher_number || !number || *publisher_number >= publishers_.size())
    throw std::runtime_error("fanout: a message that nobody published: " + std::string{message.payload});
  deliver(from, *publisher_number, *number, when);
}

void fanout_run::deliver(client& to, size_t publisher_number, uint64_t number, time_point when) {
  auto& expected = expected_[to.number() * publishers_.size() + publisher_number];
  if (number != expected)
    throw std::runtime_error("fanout: subscriber " + std::to_string(to.number()) + " got message "
                             + std::to_string(number) + " instead of " + std::to_string(expected));
  ++expected;
  ++deliveries_;
  auto& from = publishers_[publisher_number];
  const auto slot = number % window_;
  latency_.add(static_cast<uint64_t>((when - from.sent_at[slot]).count()));
  if (--from.missing[slot] == 0) {
    --from.under_way;
    --under_way_;
  }
}

} // namespace bennu::bench
