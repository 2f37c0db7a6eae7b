#include <bennu/supervision/exit.hpp>

#include <utility>

#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/message_builder.hpp>
#include <caf/sec.hpp>

#include "supervision/process/crash_report.hpp"

namespace bennu {

namespace {

constexpr auto category = caf::atom("bennu_exit");
constexpr auto supervisor_errors = caf::atom("bennu_sup");
constexpr auto caf_exits = caf::atom("exit");
constexpr auto caf_system = caf::atom("system");

enum code : uint8_t { shutdown_code = 1, crash_code = 2, killed_code = 3, noproc_code = 4 };

// A reason with causes carries its text and five more texts for each cause: plain texts cross nodes.
constexpr size_t texts_of_a_cause = 5;

bool has_causes(const caf::message& context) {
  if (context.size() <= 1 || (context.size() - 1) % texts_of_a_cause != 0)
    return false;
  for (size_t i = 0; i < context.size(); ++i)
    if (!context.match_element<std::string>(i))
      return false;
  return true;
}

exit_kind kind_named(const std::string& name) {
  for (auto kind :
       {exit_kind::normal, exit_kind::shutdown, exit_kind::killed, exit_kind::noproc, exit_kind::noconnection})
    if (name == to_string(kind))
      return kind;
  return exit_kind::crashed;
}

std::string context_text(const caf::error& reason) {
  auto& context = reason.context();
  if (context.empty())
    return {};
  if (context.match_elements<std::string>() || has_causes(context))
    return context.get_as<std::string>(0);
  return to_string(context);
}

std::vector<exit_cause> causes_in(const caf::error& reason) {
  std::vector<exit_cause> result;
  if (reason.category() != category || !has_causes(reason.context()))
    return result;
  auto& context = reason.context();
  auto text = [&](size_t i) { return context.get_as<std::string>(i); };
  for (size_t i = 1; i < context.size(); i += texts_of_a_cause)
    result.push_back({text(i), text(i + 1), kind_named(text(i + 2)), text(i + 3), text(i + 4)});
  return result;
}

std::string join(std::string head, const std::string& tail) {
  return tail.empty() ? head : head + ": " + tail;
}

exit_kind kind_of_code(uint8_t code) noexcept {
  switch (code) {
    case shutdown_code:
      return exit_kind::shutdown;
    case killed_code:
      return exit_kind::killed;
    case noproc_code:
      return exit_kind::noproc;
    default:
      return exit_kind::crashed;
  }
}

exit_kind kind_of(const caf::error& reason) noexcept {
  if (!reason)
    return exit_kind::normal;
  if (reason.category() == category)
    return kind_of_code(reason.code());
  if (reason.category() == caf_exits) {
    switch (static_cast<caf::exit_reason>(reason.code())) {
      case caf::exit_reason::normal:
      case caf::exit_reason::unreachable: // nobody held a handle to it any more: no failure
        return exit_kind::normal;
      case caf::exit_reason::user_shutdown:
        return exit_kind::shutdown;
      case caf::exit_reason::kill:
        return exit_kind::killed;
      case caf::exit_reason::unknown: // what CAF says of an actor that was gone before the monitor
        return exit_kind::noproc;
      case caf::exit_reason::remote_link_unreachable:
        return exit_kind::noconnection;
      default:
        return exit_kind::crashed;
    }
  }
  if (reason.category() == caf_system && reason.code() == static_cast<uint8_t>(caf::sec::request_receiver_down))
    return exit_kind::noproc;
  return exit_kind::crashed;
}

std::string text_of(const caf::error& reason) {
  if (reason.category() == category)
    return context_text(reason);
  if (reason.category() == caf_exits) {
    auto why = static_cast<caf::exit_reason>(reason.code());
    return why == caf::exit_reason::kill || why == caf::exit_reason::user_shutdown
             ? context_text(reason)
             : join(to_string(why), context_text(reason));
  }
  if (reason.category() == caf_system)
    return join(to_string(static_cast<caf::sec>(reason.code())), context_text(reason));
  if (reason.category() == supervisor_errors && !reason.context().empty()
      && reason.context().match_element<std::string>(0))
    return reason.context().get_as<std::string>(0);
  return to_string(reason);
}

} // namespace

exit_info classify(const caf::error& reason) {
  if (!reason)
    return {};
  return {kind_of(reason), text_of(reason), causes_in(reason)};
}

bool is_abnormal(const caf::error& reason) noexcept {
  return is_abnormal(kind_of(reason));
}

namespace exits {

caf::error normal() {
  return {};
}

caf::error shutdown() {
  return caf::error{shutdown_code, category};
}

caf::error shutdown(std::string why) {
  return caf::error{shutdown_code, category, caf::make_message(std::move(why))};
}

caf::error shutdown(std::string why, const std::vector<exit_cause>& causes) {
  caf::message_builder context;
  context.append(std::move(why));
  for (auto& x : causes)
    context.append(x.supervisor).append(x.child).append(to_string(x.kind)).append(x.text).append(x.outcome);
  return caf::error{shutdown_code, category, context.move_to_message()};
}

caf::error killed() {
  return caf::error{killed_code, category};
}

caf::error noproc() {
  return caf::error{noproc_code, category};
}

caf::error crash(std::string text) {
  return caf::error{crash_code, category, caf::make_message(std::move(text))};
}

caf::error crash(const std::exception_ptr& thrown) {
  return crash(engine::exception_text(thrown));
}

caf::error kill() {
  return caf::exit_reason::kill;
}

} // namespace exits

std::string to_string(exit_kind kind) {
  switch (kind) {
    case exit_kind::normal:
      return "normal";
    case exit_kind::shutdown:
      return "shutdown";
    case exit_kind::killed:
      return "killed";
    case exit_kind::crashed:
      return "crashed";
    case exit_kind::noproc:
      return "noproc";
    case exit_kind::noconnection:
      return "noconnection";
  }
  return "unknown exit kind";
}

std::string to_string(const exit_info& info) {
  return join(to_string(info.kind), info.text);
}

std::string explain(const exit_info& info) {
  auto result = to_string(info);
  if (info.causes.empty())
    return result;
  const char* separator = " (";
  for (auto& x : info.causes) {
    result +=
      separator + ("supervisor " + x.supervisor) + ": child " + x.child + ": " + join(to_string(x.kind), x.text);
    separator = "; ";
  }
  return result + ")";
}

} // namespace bennu
