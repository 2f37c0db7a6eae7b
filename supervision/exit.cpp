#include <bennu/supervision/exit.hpp>

#include <utility>

#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace bennu {

namespace {

constexpr auto category = caf::atom("bennu_exit");
constexpr auto caf_exits = caf::atom("exit");
constexpr auto caf_system = caf::atom("system");

enum code : std::uint8_t { shutdown_code = 1, crash_code = 2 };

std::string context_text(const caf::error& reason) {
  auto& context = reason.context();
  if (context.empty())
    return {};
  if (context.match_elements<std::string>())
    return context.get_as<std::string>(0);
  return to_string(context);
}

std::string join(std::string head, const std::string& tail) {
  return tail.empty() ? head : head + ": " + tail;
}

exit_kind kind_of(const caf::error& reason) noexcept {
  if (!reason)
    return exit_kind::normal;
  if (reason.category() == category)
    return reason.code() == shutdown_code ? exit_kind::shutdown : exit_kind::crashed;
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
  if (reason.category() == caf_system && reason.code() == static_cast<std::uint8_t>(caf::sec::request_receiver_down))
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
  return to_string(reason);
}

} // namespace

exit_info classify(const caf::error& reason) {
  if (!reason)
    return {};
  return {kind_of(reason), text_of(reason)};
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

caf::error crash(std::string text) {
  return caf::error{crash_code, category, caf::make_message(std::move(text))};
}

caf::error crash(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& x) {
    return crash(std::string{x.what()});
  } catch (...) {
    return crash(std::string{"an exception that is no std::exception"});
  }
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

} // namespace bennu
