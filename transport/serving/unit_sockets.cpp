#include "transport/serving/unit_sockets.hpp"

#include "transport/longpoll/session.hpp"

namespace bennu::engine {

namespace {

// The precision of timeouts. An idle timeout of a second may be a tenth late; a sweep that finds nothing costs a
// microsecond.
constexpr auto sweep_interval = std::chrono::milliseconds{100};

// A thousand clients that connected together time out together. So many are closed at once, which takes a quarter of
// a millisecond; then other clients are served.
constexpr size_t closes_per_turn = 32;
constexpr auto between_turns = std::chrono::milliseconds{1};

} // namespace

unit_sockets::unit_sockets(io_unit& unit, unit_services& services, std::chrono::milliseconds request_timeout)
  : unit_(unit), services_(services), timer_(unit.loop()), requests_(request_timeout) {}

unit_sockets::~unit_sockets() = default;

unit_sockets::lists::lists(const socket_options& x)
  : clients(x.idle_timeout), pinged(x.heartbeat_interval), unread(x.send_timeout), polls(x.longpoll_window),
    silent(x.longpoll_window * 3 / 2) {}

unit_sockets::lists& unit_sockets::lists_of(const endpoint& x) {
  auto& slot = lists_[&x];
  if (!slot)
    slot = std::make_unique<lists>(x.options());
  return *slot;
}

void unit_sockets::start() {
  sweep_later(sweep_interval);
}

void unit_sockets::stop() {
  stopped_ = true;
  timer_.cancel();
  for (auto& [_, x] : lists_)
    for (auto* list : x->all())
      list->shut_down();
  closing_.shut_down();
  farewells_.shut_down();
  requests_.shut_down();
  waiting_.shut_down();
}

void unit_sockets::sweep_later(std::chrono::milliseconds pause) {
  timer_.expires_after(pause);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopped_)
      return;
    const auto now = std::chrono::steady_clock::now();
    size_t left = closes_per_turn;
    for (auto& [_, x] : lists_)
      for (auto* list : x->all())
        left -= list->sweep(now, left);
    left -= closing_.sweep(now, left);
    left -= farewells_.sweep(now, left);
    left -= requests_.sweep(now, left);
    sweep_later(left == 0 ? between_turns : sweep_interval);
  });
}

} // namespace bennu::engine
