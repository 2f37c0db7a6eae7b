#include "supervision/process.hpp"

#include <exception>
#include <typeinfo>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/system_messages.hpp>

#include "supervision/activity.hpp"
#include "supervision/crash_report.hpp"
#include "supervision/exit.hpp"
#include "supervision/telemetry.hpp"

namespace bennu {

namespace {

std::string text_of(const std::exception_ptr& thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& x) {
    return x.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

caf::error crashed(caf::scheduled_actor* self, std::exception_ptr& thrown) {
  auto text = text_of(thrown);
  report_crash(*static_cast<process*>(self), text);
  return exits::crash(std::move(text));
}

caf::result<caf::message> unexpected(caf::scheduled_actor* self, caf::message_view& message) {
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

void process::keep_unhandled(bool keep) {
  set_default_handler(keep ? caf::scheduled_actor::default_handler{caf::skip}
                           : caf::scheduled_actor::default_handler{unexpected});
}

std::string process::label() const {
  return type_label(typeid(*this));
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
  depth_.fetch_sub(1, std::memory_order_relaxed);
  activity_scope busy{{&typeid(*this), id(), {}, {}}};
  auto result = caf::event_based_actor::consume(message);
  if (result == caf::invoke_message_result::skipped)
    depth_.fetch_add(1, std::memory_order_relaxed);
  return result;
}

// CAF calls on_exit outside of its own try blocks: an exception from it would end the whole program.
caf::resumable::resume_result process::resume(caf::execution_unit* host, std::size_t max_throughput) {
  try {
    return caf::event_based_actor::resume(host, max_throughput);
  } catch (...) {
    current_element_ = nullptr; // the message that brought the end is gone by now
    auto text = "on_exit threw: " + text_of(std::current_exception());
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
    auto text = "on_exit threw: " + text_of(std::current_exception());
    report_crash(*this, text);
    cleanup(exits::crash(std::move(text)), nullptr);
  }
}

void signal_exit(const caf::actor& whom, caf::error reason, const caf::actor_addr& from) {
  if (whom)
    whom->eq_impl(caf::make_message_id(caf::message_priority::high), nullptr, nullptr,
                  caf::exit_msg{from, std::move(reason)});
}

} // namespace bennu
