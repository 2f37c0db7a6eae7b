#include <bennu/supervision/child_spec.hpp>

#include <stdexcept>

#include <caf/event_based_actor.hpp>
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

bool child_policy::restarts_after(exit_kind why) const noexcept {
  return restart_type == restart::permanent || (restart_type == restart::transient && is_abnormal(why));
}

bool child_policy::may_stop_with(exit_kind why) const noexcept {
  if (why == (effective_shutdown().is_brutal() ? exit_kind::killed : exit_kind::shutdown))
    return true;
  return restart_type != restart::permanent && !is_abnormal(why);
}

void acknowledge(caf::event_based_actor* self, const caf::actor& supervisor, child_ack ack) {
  self->send<caf::message_priority::high>(supervisor, std::move(ack));
}

caf::error check(const restart_limit& limit, const std::string& what) {
  if (limit.within <= std::chrono::nanoseconds{0})
    return invalid(what + " needs a time greater than 0");
  return {};
}

caf::error check(auto_shutdown when) {
  return when > auto_shutdown::all_significant
           ? invalid("auto_shutdown must be never, any_significant or all_significant")
           : caf::error{};
}

void require(const caf::error& fault) {
  if (fault)
    throw std::invalid_argument(classify(fault).text);
}

caf::error check(const child_policy& policy) {
  if (policy.restart_type > restart::temporary)
    return invalid("restart must be permanent, transient or temporary");
  if (policy.type > child_type::supervisor)
    return invalid("the type of a child must be worker or supervisor");
  if (policy.is_significant && policy.restart_type == restart::permanent)
    return invalid("a significant child must be transient or temporary: a permanent one never ends by itself");
  if (policy.shutdown && !policy.shutdown->is_brutal() && policy.shutdown->time() < std::chrono::milliseconds{0})
    return invalid("shutdown must be brutal_kill, infinity, or a time of 0 ms or more");
  return policy.limit ? check(*policy.limit, "a restart limit") : caf::error{};
}

caf::error check(const child_policy& policy, auto_shutdown when) {
  if (auto fault = check(policy))
    return fault;
  if (policy.is_significant && when == auto_shutdown::never)
    return invalid("a significant child needs a supervisor whose auto_shutdown is any_significant or all_significant");
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
