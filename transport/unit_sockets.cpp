#include "transport/unit_sockets.hpp"

namespace bennu {

namespace {

// How exactly timeouts are kept. An idle timeout of a second may be a tenth late; a sweep of nothing costs a microsecond.
constexpr auto sweep_interval = std::chrono::milliseconds{100};

} // namespace

unit_sockets::unit_sockets(io_unit& unit, unit_services& services)
  : unit_(unit), services_(services), timer_(unit.loop()) {}

idle_list& unit_sockets::clients_of(const endpoint& x) {
  auto& slot = clients_[&x];
  if (!slot)
    slot = std::make_unique<idle_list>(x.options().idle_timeout);
  return *slot;
}

void unit_sockets::start() {
  sweep_later();
}

void unit_sockets::stop() {
  stopped_ = true;
  timer_.cancel();
  for (auto& [_, list] : clients_)
    list->shut_down();
  closing_.shut_down();
  requests_.shut_down();
}

void unit_sockets::sweep_later() {
  timer_.expires_after(sweep_interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopped_)
      return;
    const auto now = std::chrono::steady_clock::now();
    for (auto& [_, list] : clients_)
      list->sweep(now);
    closing_.sweep(now);
    sweep_later();
  });
}

} // namespace bennu
