#include "apps/bench/crowd.hpp"

#include <stdexcept>

namespace bennu::bench {

namespace {

// Enough to keep the server busy, few enough for any listen backlog.
constexpr size_t joins_at_once = 100;

} // namespace

crowd::crowd(poller& loop, const target& server, size_t size, std::function<std::string(size_t)> topic_of) {
  clients_.reserve(size);
  topics_.reserve(size);
  while (joined_ < size) {
    while (clients_.size() < size && clients_.size() < joined_ + joins_at_once) {
      const auto i = clients_.size();
      topics_.push_back(topic_of(i));
      clients_.push_back(std::make_unique<client>(loop, server.port, static_cast<uint32_t>(i), *this));
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

} // namespace bennu::bench
