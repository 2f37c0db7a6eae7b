#include <bennu/supervision/process.hpp>

#include <algorithm>
#include <exception>
#include <limits>
#include <memory>
#include <string_view>
#include <typeinfo>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/system_messages.hpp>

#include "supervision/process/activity.hpp"
#include "supervision/process/crash_report.hpp"
#include "supervision/process/questions.hpp"
#include "supervision/process/timer_table.hpp"
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu {

using namespace engine;

namespace {

caf::error crashed(caf::scheduled_actor* self, std::exception_ptr& thrown) {
  auto text = exception_text(thrown);
  report_crash(*static_cast<process*>(self), text);
  return exits::crash(std::move(text));
}

// Here, and not before the handlers, so that messages which have one cost nothing.
bool asks_for_memory(caf::message_view& message) {
  return message.content().match_elements<ask_memory>();
}

caf::result<caf::message> memory_of(caf::scheduled_actor* self) {
  return caf::make_message(static_cast<process*>(self)->memory());
}

caf::result<caf::message> keep(caf::scheduled_actor* self, caf::message_view& message) {
  return asks_for_memory(message) ? memory_of(self) : caf::result<caf::message>{caf::skip()};
}

caf::result<caf::message> unexpected(caf::scheduled_actor* self, caf::message_view& message) {
  if (asks_for_memory(message))
    return memory_of(self);
  report_unexpected(*static_cast<process*>(self), message.content());
  if (self->current_message_id().is_request())
    return caf::make_error(caf::sec::unexpected_message);
  return caf::message{}; // an ordinary message is dropped
}

void unexpected_down(caf::scheduled_actor* self, caf::down_msg&) {
  if (auto* element = self->current_mailbox_element())
    report_unexpected(*static_cast<process*>(self), element->content());
}

} // namespace

process::process(caf::actor_config& cfg, caf::execution_unit* unit) : caf::event_based_actor(cfg), unit_(unit) {
  set_exception_handler(caf::scheduled_actor::exception_handler{crashed});
  set_default_handler(caf::scheduled_actor::default_handler{unexpected});
  set_down_handler(caf::scheduled_actor::down_handler{unexpected_down});
}

process::~process() = default;

void process::keep_unhandled(bool keep) {
  set_default_handler(caf::scheduled_actor::default_handler{keep ? bennu::keep : unexpected});
}

std::string process::label() const {
  return type_label(typeid(*this));
}

std::string process::detail() const {
  return {};
}

void process::enqueue(caf::mailbox_element_ptr message, caf::execution_unit* host) {
  auto depth = depth_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (depth > high_water_.load(std::memory_order_relaxed))
    high_water_.store(depth, std::memory_order_relaxed);
  caf::event_based_actor::enqueue(std::move(message), unit_ ? unit_ : host);
}

void process::launch(caf::execution_unit* host, bool lazy, bool hide) {
  caf::event_based_actor::launch(unit_ ? unit_ : host, lazy, hide);
}

caf::invoke_message_result process::consume(caf::mailbox_element& message) {
  const auto depth = depth_.fetch_sub(1, std::memory_order_relaxed) - 1;
  if (depth >= alarm_at_ || mailbox_is_high_)
    watch_mailbox(depth);
  if (message.content().type_token() == caf::make_type_token<caf::exit_msg>())
    soften_kill_of_link(message);
  activity_scope busy{{&typeid(*this), id(), {}, {}}};
  const auto is_timer = timers_ && message.content().match_elements<timer_due>();
  auto result = is_timer                 ? handle_timer(message)
                : fault_points::active() ? handle_with_faults(message)
                                         : handle(message);
  if (result == caf::invoke_message_result::skipped)
    depth_.fetch_add(1, std::memory_order_relaxed);
  return result;
}

caf::invoke_message_result process::handle(caf::mailbox_element& message) {
  return caf::event_based_actor::consume(message);
}

// A link's signal names as its sender the actor that has just been killed. Signals that somebody sends either name no
// sender (`signal_exit`) or one that was not killed.
void process::soften_kill_of_link(caf::mailbox_element& message) {
  auto& signal = message.content().get_mutable_as<caf::exit_msg>(0);
  if (signal.reason != caf::exit_reason::kill || !message.sender || message.sender != signal.source)
    return;
  auto* source = dynamic_cast<const caf::monitorable_actor*>(caf::actor_cast<caf::abstract_actor*>(message.sender));
  if (source && source->getf(caf::abstract_actor::is_cleaned_up_flag) && source->fail_state() == caf::exit_reason::kill)
    signal.reason = exits::killed();
}

void process::add_link(caf::abstract_actor* other) {
  if (other && other->node() == node() && other->getf(caf::abstract_actor::is_cleaned_up_flag))
    return enqueue(other->ctrl(), caf::make_message_id(),
                   caf::make_message(caf::exit_msg{other->address(), exits::noproc()}), context());
  caf::event_based_actor::add_link(other);
}

// -- faults on purpose ---------------------------------------------------------

caf::invoke_message_result process::handle_with_faults(caf::mailbox_element& message) {
  auto& content = message.content();
  if (content.match_elements<caf::exit_msg>())
    return handle(message);
  if (content.match_elements<pause_process>()) {
    const auto x = content.get_as<pause_process>(0);
    if (x.begins) {
      is_paused_ = !x.which->is_over;
    } else if (!x.which->is_over.exchange(true)) {
      is_paused_ = false;
      eq_impl(caf::make_message_id(caf::message_priority::high), nullptr, context(), x); // for those of high priority
    }
    return caf::invoke_message_result::consumed;
  }
  if (is_paused_)
    return caf::invoke_message_result::skipped; // until one of the same priority is handled: CAF tries those again then
  if (content.match_elements<delayed_by_fault>())
    return handle(*content.get_as<delayed_by_fault>(0).message);
  if (content.match_elements<caf::down_msg>())
    return handle(message);
  current_element_ = &message; // for the crash report
  if (content.match_elements<fault_occasion>()) {
    const auto& event = content.get_as<fault_occasion>(0).event;
    if (auto rule = fault_points::of(system()).hit(system(), label(), event, fault_place::occasion))
      throw fault_crash{"a fault on purpose: " + to_string(*rule)};
    return caf::invoke_message_result::consumed;
  }
  auto names = type_names(content);
  auto rule = fault_at(
    system(), [this] { return label(); }, std::string_view{names}.substr(1, names.size() - 2));
  if (!rule)
    return handle(message);
  if (rule->what == fault_action::delay)
    handle_later(message, rule->time);
  return caf::invoke_message_result::consumed;
}

void process::handle_later(caf::mailbox_element& message, std::chrono::milliseconds time) {
  auto later =
    caf::make_mailbox_element(message.sender, message.mid, message.stages, message.copy_content_to_message());
  fault_points::hold(); // so that the message is recognized when it arrives
  auto free = [](caf::mailbox_element* x) {
    caf::mailbox_element_ptr::deleter_type{}(x);
    fault_points::release();
  };
  delayed_by_fault wrapped{std::shared_ptr<caf::mailbox_element>{later.release(), free}};
  clock().schedule_message(clock().now() + time, caf::strong_actor_ptr{ctrl()},
                           caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::move(wrapped)));
}

// -- timers --------------------------------------------------------------------

timer_ref process::set_timer(std::chrono::nanoseconds delay, caf::message what) {
  constexpr std::chrono::nanoseconds longest = std::chrono::hours{24 * 365 * 50}; // so that the clock cannot overflow
  delay = std::clamp(delay, std::chrono::nanoseconds{0}, longest);
  if (!timers_)
    timers_ = std::make_unique<timer_table>();
  const auto when = clock().now() + std::chrono::duration_cast<caf::actor_clock::duration_type>(delay);
  const auto number = timers_->set(when, std::move(what));
  await_timer(number, delay);
  return {number};
}

// A message that waits in CAF's clock keeps the memory of its process, also when that has ended. So it waits a minute
// at most, and then again.
void process::await_timer(uint64_t number, std::chrono::nanoseconds left) {
  constexpr std::chrono::nanoseconds longest_wait = std::chrono::minutes{1};
  clock().schedule_message(
    clock().now() + std::chrono::duration_cast<caf::actor_clock::duration_type>(std::min(left, longest_wait)),
    caf::strong_actor_ptr{ctrl()}, caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, timer_due{number}));
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
  const auto left = timers_->left(number, clock().now()).value_or(std::chrono::nanoseconds{0});
  if (left > std::chrono::nanoseconds{0}) {
    await_timer(number, left);
    return caf::invoke_message_result::consumed;
  }
  auto what = timers_->take(number);
  if (!what)
    return caf::invoke_message_result::consumed; // cancelled
  auto element = caf::make_mailbox_element(caf::strong_actor_ptr{ctrl()}, caf::make_message_id(), {}, *what);
  auto result = fault_points::active() ? handle_with_faults(*element) : handle(*element);
  if (result == caf::invoke_message_result::skipped)
    timers_->put_back(number, clock().now(), std::move(*what));
  return result;
}

// -- the mailbox, and the end --------------------------------------------------

void process::watch_mailbox(uint32_t depth) {
  auto* ours = dynamic_cast<const bennu::config*>(&system().config());
  const auto threshold = ours ? ours->mailbox_alarm : default_mailbox_alarm;
  if (threshold == 0) {
    alarm_at_ = std::numeric_limits<uint32_t>::max();
    return;
  }
  auto tell = [&](const char* event) {
    if (auto* hub = telemetry::listening(system())) {
      auto name = label();
      hub->emit(event, {{"actor", static_cast<int64_t>(id())}, {"depth", depth}}, {{"label", name}});
    }
  };
  if (mailbox_is_high_ && depth <= threshold / 4) {
    mailbox_is_high_ = false;
    alarm_at_ = threshold;
    return tell("process.mailbox_normal");
  }
  alarm_at_ = std::max(alarm_at_, threshold);
  if (depth < alarm_at_)
    return;
  mailbox_is_high_ = true;
  while (alarm_at_ <= depth && alarm_at_ < std::numeric_limits<uint32_t>::max() / 2)
    alarm_at_ *= 2;
  tell("process.mailbox_high");
}

// CAF calls on_exit outside of its own try blocks: an exception from it would end the whole program.
caf::resumable::resume_result process::resume(caf::execution_unit* host, size_t max_throughput) {
  try {
    return caf::event_based_actor::resume(host, max_throughput);
  } catch (...) {
    current_element_ = nullptr; // the message that brought the end is gone by now
    auto text = "on_exit threw: " + exception_text();
    report_crash(*this, text);
    cleanup(exits::crash(std::move(text)), host);
    return caf::resumable::done;
  }
}

void process::on_destroy() {
  try {
    caf::event_based_actor::on_destroy();
  } catch (...) {
    current_element_ = nullptr; // the message that brought the end is gone by now
    auto text = "on_exit threw: " + exception_text();
    report_crash(*this, text);
    cleanup(exits::crash(std::move(text)), nullptr);
  }
}

process::message_note process::last_message() {
  auto* element = current_mailbox_element();
  if (!element)
    return {"(none)", -1};
  return {type_names(element->content()), size_of(system(), element->content())};
}

bool engine::is_alive(const caf::actor& x) noexcept {
  if (!x)
    return false;
  auto* actor = caf::actor_cast<caf::abstract_actor*>(x);
  if (actor->getf(caf::abstract_actor::is_cleaned_up_flag))
    return false;
  auto* ours = dynamic_cast<const process*>(actor);
  return !ours || !ours->is_left_behind();
}

void signal_exit(const caf::actor& whom, caf::error reason, const caf::actor_addr& from) {
  if (whom)
    whom->eq_impl(caf::make_message_id(caf::message_priority::high), nullptr, nullptr,
                  caf::exit_msg{from, std::move(reason)});
}

} // namespace bennu
