#include "apps/bench/crowd.hpp"

#include <stdexcept>

#include "apps/bench/command_line.hpp"

namespace bennu::bench {

namespace {

// Enough to keep the server busy, few enough for any listen backlog.
constexpr size_t joins_at_once = 100;

} // namespace

crowd::crowd(poller& loop, const target& server, size_t size, std::function<std::string(size_t)> topic_of,
             std::function<std::string(size_t)> target_of) {
  clients_.reserve(size);
  topics_.reserve(size);
  while (joined_ < size) {
    while (clients_.size() < size && clients_.size() < joined_ + joins_at_once) {
      const auto i = clients_.size();
      topics_.push_back(topic_of(i));
      clients_.push_back(std::make_unique<client>(loop, server.port, static_cast<uint32_t>(i), *this, target_of(i)));
    }
    turn_or_fail(loop, "connections and joins");
  }
}

void crowd::report_to(client_events& events) {
  for (auto& x : clients_)
    x->report_to(events);
}

void crowd::opened(client& from) {
  from.write(write_message("1", "1", topics_[from.number()], "phx_join", "{}"));
  from.flush();
}

void crowd::received(client&, const message_view& message, time_point) {
  if (message.event != "\"phx_reply\"" || message.ref != "\"1\"")
    return; // a push that follows the join
  if (message.payload.find("\"ok\"") == std::string_view::npos)
    throw std::runtime_error("the join of " + std::string{message.topic} + " was answered "
                             + std::string{message.payload});
  ++joined_;
}

void turn_or_fail(poller& loop, const std::string& waiting_for) {
  using namespace std::chrono_literals;
  if (loop.turn(10s) == 0)
    throw std::runtime_error("the server sent nothing for 10 s; the benchmark waits for " + waiting_for);
}

steady_pings::steady_pings(crowd& clients, size_t rate, size_t payload_bytes)
  : clients_(clients), every_(std::chrono::nanoseconds{std::chrono::seconds{1}} / static_cast<int64_t>(rate)),
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
