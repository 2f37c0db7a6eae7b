#include "transport/io/unit_sockets.hpp"

#include "supervision/process/crash_report.hpp"
#include "transport/io/connection_slot.hpp"

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

unit_sockets::unit_sockets(io_unit& unit, unit_services& services, timeouts of_http, budgets& memory)
  : unit_(unit), services_(services), timer_(unit.loop()), requests_(of_http.request), kept_alive_(of_http.keep_alive),
    between_polls_(of_http.keep_alive), buffers_(memory.unfinished), unread_messages_(memory.unread) {}

unit_sockets::~unit_sockets() = default;

unit_sockets::lists::lists(const socket_options& x)
  : clients(x.idle_timeout), pinged(x.heartbeat_interval), unread(x.send_timeout), polls(x.longpoll_window),
    silent(x.longpoll_window * 3 / 2) {}

unit_sockets::lists& unit_sockets::lists_of(const endpoint& x) {
  auto& found = lists_[&x];
  if (!found)
    found = std::make_unique<lists>(x.options());
  return *found;
}

void unit_sockets::start() {
  sweep_later(sweep_interval);
}

void unit_sockets::drain() {
  is_draining_ = true;
  kept_alive_.shut_down();
}

void unit_sockets::stop() {
  stopped_ = true;
  timer_.cancel();
  for (auto& [_, x] : lists_)
    for (auto* list : x->all())
      list->shut_down();
  for (auto* list : {&closing_, &farewells_, &requests_, &reserve_, &kept_alive_, &between_polls_, &waiting_})
    list->shut_down();
}

void unit_sockets::sweep_later(std::chrono::milliseconds pause) {
  timer_.expires_after(pause);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopped_)
      return;
    bool done = true;
    try {
      done = sweep();
    } catch (...) { // without the timer nothing would ever become overdue again
      report_handler_exception(unit_.system(), exception_text());
    }
    sweep_later(done ? sweep_interval : between_turns);
  });
}

// Returns whether everything that was overdue is closed.
bool unit_sockets::sweep() {
  unread_messages_.relieve();
  const auto now = std::chrono::steady_clock::now();
  channels_.look(services_, now);
  size_t left = closes_per_turn;
  for (auto& [_, x] : lists_)
    for (auto* list : x->all())
      left -= list->sweep(now, left);
  for (auto* list : {&closing_, &farewells_, &requests_, &reserve_, &kept_alive_, &between_polls_})
    left -= list->sweep(now, left);
  return left > 0;
}

} // namespace bennu::engine
