#include "supervision/children/parent.hpp"

#include <string>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_config.hpp>
#include <caf/event_based_actor.hpp>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

caf::actor_addr parent_of(const caf::actor_config& cfg) {
  return cfg.parent != nullptr ? cfg.parent->address() : caf::actor_addr{};
}

bool is_sent_by(const caf::actor_addr& parent, const caf::exit_msg& x, const caf::actor_addr& self) noexcept {
  if (parent)
    return x.source == parent;
  return !x.source || x.source == self; // CAF's anonymous signals name the receiver as their source
}

void report_exit_ignored(const process& self, const caf::exit_msg& x) {
  auto* hub = telemetry::listening(self.system());
  if (!hub)
    return;
  const auto why = classify(x.reason);
  const auto from = std::to_string(x.source ? x.source.id() : 0);
  const auto label = self.label();
  const auto kind = to_string(why.kind);
  hub->emit("process.exit_ignored", {}, {{"label", label}, {"from", from}, {"kind", kind}, {"text", why.text}});
}

parent_link::parent_link(const caf::actor_config& cfg) : handle_(caf::actor_cast<caf::actor>(parent_of(cfg))) {}

void parent_link::acknowledge(caf::event_based_actor* self) {
  if (auto parent = std::exchange(handle_, nullptr))
    bennu::acknowledge(self, parent);
}

} // namespace bennu::engine
