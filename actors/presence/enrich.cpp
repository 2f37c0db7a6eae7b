#include "actors/presence/enrich.hpp"

#include <nlohmann/json.hpp>

#include <bennu/actors/presence_handler.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

void guard_handler(caf::actor_system& system, std::string_view callback, const std::string& topic,
                   const std::function<void()>& f) {
  auto failed = [&](std::string_view why) {
    if (auto* events = telemetry::listening(system))
      events->emit("presence.handler_failed", {}, {{"callback", callback}, {"topic", topic}, {"text", why}});
  };
  try {
    f();
  } catch (const std::exception& x) {
    failed(x.what());
  } catch (...) {
    failed("it threw what is not a std::exception");
  }
}

payload enriched_diff(caf::actor_system& system, presence_handler* handler, const std::string& topic, payload diff) {
  if (handler == nullptr || !diff.has_value())
    return diff;
  guard_handler(system, "fetch", topic, [&] {
    auto value = diff.value();
    for (const auto* side : {"joins", "leaves"})
      if (!value[side].empty())
        value[side] = handler->fetch(topic, std::move(value[side]));
    diff = value;
  });
  return diff;
}

} // namespace bennu::engine
