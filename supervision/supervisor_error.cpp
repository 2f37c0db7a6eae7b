#include <bennu/supervision/supervisor_error.hpp>

#include <utility>

#include <caf/atom.hpp>
#include <caf/make_message.hpp>

#include <bennu/supervision/exit.hpp>

namespace bennu {

namespace {

constexpr auto category = caf::atom("bennu_sup");

} // namespace

std::string to_string(supervisor_error code) {
  switch (code) {
    case supervisor_error::not_found:
      return "not_found";
    case supervisor_error::already_present:
      return "already_present";
    case supervisor_error::already_started:
      return "already_started";
    case supervisor_error::running:
      return "running";
    case supervisor_error::restarting:
      return "restarting";
    case supervisor_error::max_children:
      return "max_children";
    case supervisor_error::shutting_down:
      return "shutting_down";
    case supervisor_error::dynamic_children:
      return "dynamic_children";
  }
  return "unknown supervisor error";
}

caf::error make_error(supervisor_error code) {
  return make_error(code, to_string(code));
}

caf::error make_error(supervisor_error code, std::string context) {
  return {static_cast<uint8_t>(code), category, caf::make_message(std::move(context))};
}

std::string reason_text(const caf::error& why) {
  if (why && why.category() == category)
    return to_string(static_cast<supervisor_error>(why.code()));
  return classify(why).text;
}

caf::error already_started(caf::actor who) {
  return already_started(std::move(who), to_string(supervisor_error::already_started));
}

caf::error already_started(caf::actor who, std::string context) {
  return {static_cast<uint8_t>(supervisor_error::already_started), category,
          caf::make_message(std::move(context), std::move(who))};
}

caf::actor actor_of(const caf::error& why) {
  if (why && why.category() == category && why.context().match_elements<std::string, caf::actor>())
    return why.context().get_as<caf::actor>(1);
  return {};
}

} // namespace bennu
