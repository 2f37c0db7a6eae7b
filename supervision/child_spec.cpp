#include "supervision/child_spec.hpp"

#include <caf/sec.hpp>

namespace bennu {

namespace {

caf::error invalid(std::string text) {
  return caf::make_error(caf::sec::invalid_argument, std::move(text));
}

} // namespace

shutdown_policy child_policy::effective_shutdown() const noexcept {
  if (shutdown)
    return *shutdown;
  return type == child_type::supervisor ? shutdown_policy::infinity()
                                        : shutdown_policy::within(std::chrono::seconds{5});
}

caf::error check(const child_policy& policy) {
  if (policy.is_significant && policy.restart_type == restart::permanent)
    return invalid("a significant child must be transient or temporary: a permanent one never ends by itself");
  if (policy.shutdown && !policy.shutdown->is_brutal() && policy.shutdown->time() < std::chrono::milliseconds{0})
    return invalid("shutdown must be brutal_kill, infinity, or a time of 0 ms or more");
  if (policy.limit && policy.limit->within <= std::chrono::nanoseconds{0})
    return invalid("a restart limit needs a time greater than 0");
  return {};
}

caf::error check(const child_spec& spec) {
  if (spec.id.empty())
    return invalid("a child needs an id that is not empty");
  if (!spec.start)
    return invalid("child '" + spec.id + "' needs a start function");
  return check(static_cast<const child_policy&>(spec));
}

} // namespace bennu
