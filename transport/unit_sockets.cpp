#include "transport/unit_sockets.hpp"

#include "transport/longpoll_session.hpp"

namespace bennu {

namespace {

// How exactly timeouts are kept. An idle timeout of a second may be a tenth late; a sweep of nothing costs a microsecond.
constexpr auto sweep_interval = std::chrono::milliseconds{100};

} // namespace

unit_sockets::unit_sockets(io_unit& unit, unit_services& services, std::chrono::milliseconds request_timeout)
  : unit_(unit), services_(services), timer_(unit.loop()), requests_(request_timeout) {}

unit_sockets::~unit_sockets() = default;

unit_sockets::lists::lists(const socket_options& x)
  : clients(x.idle_timeout), unread(x.send_timeout), polls(x.longpoll_window), silent(x.longpoll_window * 3 / 2) {}

unit_sockets::lists& unit_sockets::lists_of(const endpoint& x) {
  auto& slot = lists_[&x];
  if (!slot)
    slot = std::make_unique<lists>(x.options());
  return *slot;
}

void unit_sockets::start() {
  sweep_later();
}

void unit_sockets::stop() {
  stopped_ = true;
  timer_.cancel();
  for (auto& [_, x] : lists_)
    for (auto* list : {&x->clients, &x->unread, &x->polls, &x->silent})
      list->shut_down();
  closing_.shut_down();
  requests_.shut_down();
  waiting_.shut_down();
}

void unit_sockets::sweep_later() {
  timer_.expires_after(sweep_interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopped_)
      return;
    const auto now = std::chrono::steady_clock::now();
    for (auto& [_, x] : lists_)
      for (auto* list : {&x->clients, &x->unread, &x->polls, &x->silent})
        list->sweep(now);
    closing_.sweep(now);
    requests_.sweep(now);
    sweep_later();
  });
}

} // namespace bennu
