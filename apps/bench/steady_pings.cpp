#include "apps/bench/steady_pings.hpp"

#include <stdexcept>

#include "apps/bench/benchmarks.hpp"

namespace bennu::bench {

steady_pings::steady_pings(crowd& clients, size_t rate, size_t payload_bytes)
  : clients_(clients), every_(std::chrono::nanoseconds{std::chrono::seconds{1}} / static_cast<std::int64_t>(rate)),
    pad_(payload_bytes, 'x'), conversations_(clients.size()) {}

void steady_pings::ping_due(time_point now) {
  // Each client has one ping in flight. A client that still waits for its reply is skipped.
  for (; next_ping_ <= now; next_ping_ += every_) {
    const auto i = next_;
    next_ = (next_ + 1) % conversations_.size();
    auto& x = conversations_[i];
    if (x.sent > x.answered)
      continue;
    x.sent_at = now;
    clients_[i].write(write_message("1", std::to_string(x.sent + 2), clients_.topic(i), "ping",
                                    numbered_payload(i, x.sent, pad_.size())));
    clients_[i].flush();
    ++x.sent, ++sent_;
  }
}

void steady_pings::received(client& from, const message_view& message, time_point when) {
  auto& x = conversations_[from.number()];
  if (message.event != "\"phx_reply\"" || number_in(message.payload, "\"n\"") != x.answered)
    throw std::runtime_error("client " + std::to_string(from.number()) + " expected the reply to ping "
                             + std::to_string(x.answered) + " and received " + std::string{message.event} + " "
                             + std::string{message.payload});
  round_trips_.add(static_cast<uint64_t>((when - x.sent_at).count()));
  ++x.answered, ++answered_;
}

} // namespace bennu::bench
