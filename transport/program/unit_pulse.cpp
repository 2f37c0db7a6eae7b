#include "transport/program/unit_pulse.hpp"

#include "transport/io/io_scheduler.hpp"

namespace bennu::engine {

bool unit_pulse::answers() {
  if (missing_->load() > 0)
    return false;
  *missing_ = scheduler_.unit_count();
  for (std::size_t i = 0; i < scheduler_.unit_count(); ++i)
    scheduler_.unit(i).post([missing = missing_] { --*missing; });
  return true;
}

} // namespace bennu::engine
