#include "apps/bench/fanout.hpp"

#include <stdexcept>

#include "apps/bench/command_line.hpp"

namespace bennu::bench {

fanout_run::fanout_run(poller& loop, crowd& subscribers, const options& how, size_t window)
  : loop_(loop), subscribers_(subscribers), window_(window), payload_bytes_(how.payload_bytes),
    publishers_(how.publishers), expected_(subscribers.size() * how.publishers) {
  for (auto& x : publishers_) {
    x.sent_at.resize(window);
    x.missing.resize(window);
  }
  subscribers.report_to(*this);
}

void fanout_run::run_until(time_point end) {
  publish_due(end);
  while (!is_idle()) {
    turn_or_fail(loop_, "the deliveries of " + std::to_string(in_flight_) + " publishes");
    publish_due(end);
  }
}

void fanout_run::publish_due(time_point end) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= end)
    return;
  for (size_t i = 0; i < publishers_.size(); ++i) {
    auto& x = publishers_[i];
    for (; x.in_flight < window_; ++x.in_flight, ++in_flight_, ++x.next) {
      x.sent_at[x.next % window_] = now;
      x.missing[x.next % window_] = subscribers_.size();
      const auto ref = std::to_string(x.next + 2);
      subscribers_[i].write(
        write_message("1", ref, subscribers_.topic(i), "pub", numbered_payload(i, x.next, payload_bytes_)));
    }
    subscribers_[i].flush();
  }
}

void fanout_run::received(client& from, const message_view& message, time_point when) {
  if (message.event != "\"msg\"")
    return;
  const auto publisher_number = number_in(message.payload, "\"p\"");
  const auto number = number_in(message.payload, "\"n\"");
  if (!publisher_number || !number || *publisher_number >= publishers_.size())
    throw std::runtime_error("fanout: the server delivered a message that no client published: "
                             + std::string{message.payload});
  count_delivery(from, *publisher_number, *number, when);
}

void fanout_run::count_delivery(client& to, size_t publisher_number, uint64_t number, time_point when) {
  auto& expected = expected_[to.number() * publishers_.size() + publisher_number];
  if (number != expected)
    throw std::runtime_error("fanout: subscriber " + std::to_string(to.number()) + " received message "
                             + std::to_string(number) + " instead of " + std::to_string(expected));
  ++expected;
  ++deliveries_;
  auto& from = publishers_[publisher_number];
  const auto i = number % window_;
  latency_.add(static_cast<uint64_t>((when - from.sent_at[i]).count()));
  if (--from.missing[i] == 0) {
    --from.in_flight;
    --in_flight_;
  }
}

figures fanout(const target& server, const options& how) {
  figures result;
  for (const auto window : how.windows) {
    poller loop;
    crowd subscribers(loop, server, how.subscribers, [](size_t) { return std::string{"bench:x"}; });
    fanout_run run(loop, subscribers, how, window);
    run.run_until(std::chrono::steady_clock::now() + how.duration / 4);
    run.reset_latency();
    const auto warm_up = run.deliveries();
    meter measured(server);
    run.run_until(std::chrono::steady_clock::now() + how.duration);
    measured.stop();
    append_timed(result, "fanout " + std::to_string(how.subscribers) + ", window " + std::to_string(window), "delivery",
                 measured, static_cast<double>(run.deliveries() - warm_up), run.latency());
  }
  return result;
}

} // namespace bennu::bench
