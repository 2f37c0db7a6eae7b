#include "transport/observer/event_log.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/log_ring.hpp"
#include "transport/observer/views.hpp"

namespace bennu::engine {

void show_log(inquiry& by) {
  const param_reader in{by.params()};
  by.answer(by.from().log->lines(in.number("after", 0, 0, UINT64_MAX), in.text("level", "trace"), in.text("search")));
}

void show_events(inquiry& by) {
  const param_reader in{by.params()};
  by.answer(by.from().events->events(in.number("after", 0, 0, UINT64_MAX), in.text("prefix")));
}

} // namespace bennu::engine
