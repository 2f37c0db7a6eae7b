// What a process does when a fault rule matches a message that it handles.
#include <memory>
#include <string_view>

#include <caf/actor_clock.hpp>
#include <caf/system_messages.hpp>

#include "supervision/process/crash_report.hpp"
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu {

using namespace engine;

caf::invoke_message_result process::handle_with_faults(caf::mailbox_element& message) {
  auto& content = message.content();
  if (content.match_elements<delayed_by_fault>())
    return handle(*content.get_as<delayed_by_fault>(0).message);
  if (content.match_elements<caf::exit_msg>() || content.match_elements<caf::down_msg>())
    return handle(message);
  current_element_ = &message; // for the crash report
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

} // namespace bennu
