#include "supervision/children/reports.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_response_promise.hpp>

#include "supervision/children/child_watch.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor_error.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

caf::response_promise promise_for(caf::event_based_actor& self) {
  return self.current_message_id().is_request() ? self.make_response_promise() : caf::response_promise{};
}

void refuse(const process& supervisor, caf::response_promise& asker, child_recipe& recipe, caf::error why,
            exit_kind kind) {
  if (asker.pending())
    return asker.deliver(std::move(why));
  const auto text = reason_text(why);
  if (auto* hub = telemetry::listening(supervisor.system())) {
    const auto label = supervisor.label();
    const auto id = recipe.id();
    hub->emit("supervisor.start_refused", {}, {{"supervisor", label}, {"id", id}, {"text", text}});
  }
  recipe.given_up({kind, text});
}

void count(child_counts& into, const child_recipe& recipe, bool has_actor) {
  ++into.specs;
  into.active += has_actor ? 1 : 0;
  ++(recipe.policy().type == child_type::supervisor ? into.supervisors : into.workers);
}

size_t restarts_left(const child_policy& policy, const restart_intensity* own, const restart_intensity& shared,
                     restart_intensity::time_point now) {
  if (own)
    return own->left(now);
  return policy.limit ? policy.limit->max_restarts : shared.left(now);
}

namespace {

void report_child(const process& supervisor, const char* event, const std::string& id) {
  auto* hub = telemetry::listening(supervisor.system());
  if (!hub)
    return;
  const auto label = supervisor.label();
  hub->emit(event, {}, {{"supervisor", label}, {"id", id}});
}

void report_trouble(const process& supervisor, const char* event, const std::string& id, const exit_info& why) {
  auto* hub = telemetry::listening(supervisor.system());
  if (!hub)
    return;
  const auto label = supervisor.label();
  hub->emit(event, {}, {{"supervisor", label}, {"id", id}, {"kind", to_string(why.kind)}, {"text", why.text}});
}

} // namespace

void report_started(const process& supervisor, const std::string& id) {
  report_child(supervisor, "supervisor.child_started", id);
}

void report_terminated(const process& supervisor, const std::string& id, const caf::actor& child, const exit_info& why,
                       size_t left) {
  auto* hub = telemetry::listening(supervisor.system());
  if (!hub)
    return;
  const auto* ours = dynamic_cast<process*>(caf::actor_cast<caf::abstract_actor*>(child));
  const auto* crash = ours && why.kind == exit_kind::crashed ? ours->crash() : nullptr;
  const auto restarts_left = static_cast<int64_t>(left);
  const auto name = supervisor.label();
  const auto kind = to_string(why.kind);
  if (crash)
    hub->emit("supervisor.child_terminated", {{"restarts_left", restarts_left}, {"bytes", crash->message.bytes}},
              {{"supervisor", name},
               {"id", id},
               {"kind", kind},
               {"text", why.text},
               {"label", crash->label},
               {"message", crash->message.what},
               {"trace", crash->trace}});
  else
    hub->emit("supervisor.child_terminated", {{"restarts_left", restarts_left}},
              {{"supervisor", name}, {"id", id}, {"kind", kind}, {"text", why.text}});
}

void report_restarted(const process& supervisor, const std::string& id, const exit_info& why, size_t left) {
  auto* hub = telemetry::listening(supervisor.system());
  if (!hub)
    return;
  const auto label = supervisor.label();
  hub->emit("supervisor.restarted", {{"restarts_left", static_cast<int64_t>(left)}},
            {{"supervisor", label}, {"id", id}, {"kind", to_string(why.kind)}, {"text", why.text}});
}

void report_given_up(const process& supervisor, const std::string& id, const exit_info& why) {
  report_trouble(supervisor, "supervisor.given_up", id, why);
}

void report_start_failed(const process& supervisor, const std::string& id, const exit_info& why) {
  report_trouble(supervisor, "supervisor.start_failed", id, why);
}

void report_shutdown_error(const process& supervisor, const std::string& id, const exit_info& why) {
  report_trouble(supervisor, "supervisor.shutdown_error", id, why);
}

caf::error ended_by(const std::string& supervisor, const std::string& child, const exit_info& why,
                    const char* outcome) {
  std::vector<exit_cause> causes{{supervisor, child, why.kind, why.text, outcome}};
  causes.insert(causes.end(), why.causes.begin(), why.causes.end());
  std::string text = outcome;
  if (text == "failed_to_start_child")
    text += " " + child + ": " + to_string(why);
  else if (text == "auto_shutdown")
    text += " after " + child;
  return exits::shutdown(std::move(text), causes);
}

void abandon(const process& supervisor, const std::string& id, const caf::actor& child) {
  unwatch(child, supervisor.address());
  if (auto* ours = dynamic_cast<process*>(caf::actor_cast<caf::abstract_actor*>(child)))
    ours->leave_behind();
  report_child(supervisor, "supervisor.zombie", id);
}

exit_info start_failure(const caf::error& why) {
  auto info = classify(why);
  return info.kind == exit_kind::normal ? exit_info{exit_kind::crashed, "ended during its start"} : info;
}

} // namespace bennu::engine
