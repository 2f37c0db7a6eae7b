#include "supervision/crash_report.hpp"

#include <cstdlib>
#include <memory>

#include <cxxabi.h>

#include <caf/actor_system.hpp>
#include <caf/type_nr.hpp>

#include "supervision/process.hpp"
#include "supervision/telemetry.hpp"

namespace bennu {

namespace {

std::string demangle(const char* mangled) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> text{abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free};
  return status == 0 && text ? text.get() : mangled;
}

} // namespace

std::string type_label(const std::type_info& type) {
  auto name = demangle(type.name());
  auto scope = name.substr(0, name.find('<')).rfind("::");
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

std::string type_names(const caf::type_erased_tuple& message) {
  std::string result = "(";
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (i > 0)
      result += ", ";
    auto [number, info] = message.type(i);
    result += number != 0 ? caf::numbered_type_names[number - 1] : (info != nullptr ? type_label(*info) : "?");
  }
  return result + ")";
}

void report_crash(process& self, const std::string& text) {
  auto* hub = telemetry::listening(self.system());
  if (!hub)
    return;
  auto* element = self.current_mailbox_element();
  auto message = element ? type_names(element->content()) : "(none)";
  auto label = self.label();
  hub->emit("process.crashed", {{"actor", static_cast<std::int64_t>(self.id())}, {"depth", self.mailbox_depth()}},
            {{"label", label}, {"text", text}, {"message", message}});
}

void report_unexpected(process& self, const caf::type_erased_tuple& message) {
  auto* hub = telemetry::listening(self.system());
  if (!hub)
    return;
  auto names = type_names(message);
  auto label = self.label();
  hub->emit("process.unexpected", {{"actor", static_cast<std::int64_t>(self.id())}},
            {{"label", label}, {"message", names}});
}

} // namespace bennu
