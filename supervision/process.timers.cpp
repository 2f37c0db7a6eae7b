// The timers of a process.
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/mailbox_element.hpp>

#include "supervision/process/timer_table.hpp"
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu {

using namespace engine;

timer_ref process::set_timer(std::chrono::nanoseconds delay, caf::message what) {
  if (!timers_)
    timers_ = std::make_unique<timer_table>();
  const auto when = clock().now() + std::chrono::duration_cast<caf::actor_clock::duration_type>(delay);
  const auto number = timers_->set(when, std::move(what));
  clock().schedule_message(when, caf::strong_actor_ptr{ctrl()},
                           caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, timer_due{number}));
  return {number};
}

std::optional<std::chrono::milliseconds> process::read_timer(timer_ref x) const {
  auto left = timers_ ? timers_->left(x.number, clock().now()) : std::nullopt;
  if (!left)
    return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(*left);
}

std::optional<std::chrono::milliseconds> process::cancel_timer(timer_ref x) {
  auto left = read_timer(x);
  if (left)
    timers_->take(x.number);
  return left;
}

caf::invoke_message_result process::handle_timer(caf::mailbox_element& due) {
  const auto number = due.content().get_as<timer_due>(0).number;
  auto what = timers_->take(number);
  if (!what)
    return caf::invoke_message_result::consumed; // cancelled
  auto element = caf::make_mailbox_element(caf::strong_actor_ptr{ctrl()}, caf::make_message_id(), {}, *what);
  auto result = fault_points::active() ? handle_with_faults(*element) : handle(*element);
  if (result == caf::invoke_message_result::skipped)
    timers_->put_back(number, clock().now(), std::move(*what));
  return result;
}

} // namespace bennu
