// What others learn of a join: its telemetry events, and what its channel holds.

#include <chrono>
#include <string>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>

#include "actors/client/channel_actor.hpp"
#include "actors/client/channel_join.hpp"
#include "actors/client/channel_route.hpp"
#include "actors/client/client_spans.hpp"
#include "actors/client/unit_services.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

// The reason of `channel.ended`. The page on telemetry lists the words.
std::string_view reason_of(join_input how) {
  switch (how) {
    case join_input::left:
      return "left";
    case join_input::hung_up:
      return "disconnected";
    case join_input::replaced:
      return "replaced";
    case join_input::stopped:
    case join_input::quit:
      return "stopped";
    case join_input::refused:
      return "refused";
    case join_input::given_up:
      return "crash";
    default:
      return "shutdown";
  }
}

int64_t microseconds_since(caf::actor_system& system, rate_meter::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(system.clock().now() - begin).count();
}

} // namespace

void channel_join::report_answer(std::string_view result, const payload& response) {
  if (const auto ended = std::move(span))
    end_with(*ended, result, "the join crashed");
  auto& system = owner_->unit().shared.system;
  auto* hub = telemetry::listening(system, frequent_event::channel_join);
  if (hub == nullptr)
    return;
  const auto number = std::to_string(owner_->number());
  hub->emit(frequent_event::channel_join, {{"duration_us", microseconds_since(system, begun_)}},
            {{"channel", route_.name},
             {"topic", topic()},
             {"result", result},
             {"response", response.bytes()},
             {"connection", number},
             {"socket", owner_->id()}});
}

void channel_join::report_end(join_input how, const detail& with) const {
  auto& system = owner_->unit().shared.system;
  auto* hub = telemetry::listening(system, frequent_event::channel_ended);
  if (hub == nullptr)
    return;
  const auto number = std::to_string(owner_->number());
  hub->emit(frequent_event::channel_ended, {{"age_ms", microseconds_since(system, begun_) / 1000}},
            {{"channel", route_.name},
             {"topic", topic()},
             {"reason", reason_of(how)},
             {"text", how == join_input::hung_up ? owner_->why_it_ended() : std::string{with.crash_text}},
             {"connection", number},
             {"socket", owner_->id()}});
}

size_t channel_join::waiting_bytes() const noexcept {
  size_t result = 0;
  waiting.each([&result](const channel_item& x) { result += x.message.size_bytes(); });
  return result;
}

channel_size channel_join::size() const {
  channel_size result;
  result.waiting_messages = waiting.size();
  result.waiting_bytes = waiting_bytes();
  result.unsent_bytes = owner_->session().waiting_bytes();
  if (!actor) // it has not started, or starts again
    return result;
  if (const auto* running = dynamic_cast<const channel_actor*>(caf::actor_cast<caf::abstract_actor*>(actor))) {
    result.own_bytes = running->own_bytes();
    result.mailbox = running->mailbox_depth();
  }
  return result;
}

} // namespace bennu::engine
