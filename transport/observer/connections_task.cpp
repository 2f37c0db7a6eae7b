#include "transport/observer/connections_task.hpp"

#include <algorithm>

#include "actors/client/unit_services.hpp"

namespace bennu::engine {

bool connections_task::step(unit_services& of) {
  if (!has_begun_) {
    has_begun_ = true;
    total = next_ = of.live.size();
    begin(of);
  }
  next_ = std::min(next_, of.live.size());
  for (size_t n = 0; n < per_step_ && next_ > 0; ++n)
    if (!look_at(*of.live[--next_]))
      return false;
  return next_ > 0;
}

} // namespace bennu::engine
