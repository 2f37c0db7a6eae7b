#include "supervision/process/crash_report.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <caf/actor_system.hpp>
#include <caf/detail/serialized_size.hpp>
#include <caf/type_nr.hpp>

#include <bennu/supervision/process.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

// CAF's names of its own types begin with `@`: @str, @i32, @exit.
std::string readable(const char* name) {
  if (std::strcmp(name, "@str") == 0)
    return "string";
  return name[0] == '@' ? name + 1 : name;
}

std::atomic<throw_trace> trace_keeper{nullptr};

} // namespace

void set_throw_trace(throw_trace f) noexcept {
  trace_keeper.store(f, std::memory_order_release);
}

std::string type_names(const caf::type_erased_tuple& message) {
  std::string result = "(";
  for (size_t i = 0; i < message.size(); ++i) {
    if (i > 0)
      result += ", ";
    auto [number, info] = message.type(i);
    result +=
      number != 0 ? readable(caf::numbered_type_names[number - 1]) : (info != nullptr ? type_label(*info) : "?");
  }
  return result + ")";
}

// A message that cannot be serialized has no known size.
int64_t size_of(caf::actor_system& system, const caf::type_erased_tuple& message) noexcept {
  try {
    caf::detail::serialized_size_inspector sink{system};
    for (size_t i = 0; i < message.size(); ++i) {
      const auto before = sink.result();
      if (message.save(i, sink) || sink.result() == before) // for an unsafe type CAF writes nothing
        return -1;
    }
    return static_cast<int64_t>(sink.result());
  } catch (...) {
    return -1;
  }
}

void report_crash(process& self, const std::string& text) {
  auto* hub = telemetry::listening(self.system());
  if (!hub)
    return;
  auto message = self.last_message();
  auto label = self.label();
  auto* keeper = trace_keeper.load(std::memory_order_acquire);
  auto trace = keeper ? keeper() : std::string{};
  hub->emit("process.crashed",
            {{"actor", static_cast<int64_t>(self.id())}, {"depth", self.mailbox_depth()}, {"bytes", message.bytes}},
            {{"label", label}, {"text", text}, {"message", message.what}, {"trace", trace}});
  self.note_crash({std::move(label), std::move(message), std::move(trace)});
}

void report_unexpected(process& self, const caf::type_erased_tuple& message) {
  auto* hub = telemetry::listening(self.system());
  if (!hub)
    return;
  auto names = type_names(message);
  auto label = self.label();
  hub->emit("process.unexpected", {{"actor", static_cast<int64_t>(self.id())}}, {{"label", label}, {"message", names}});
}

} // namespace bennu::engine
