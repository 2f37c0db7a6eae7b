#include "actors/presence/shard_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/presence/batch.hpp"
#include "actors/presence/message.hpp"
#include "actors/pubsub/hub_messages.hpp"
#include "supervision/children/parent.hpp"
#include "supervision/process/crash_report.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/actors/presence.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

struct presence_window_over {
  using local_message = void;
};
struct presence_deadline_over {
  using local_message = void;
  presence_replica::time_point when;
};
struct presence_beat_due {
  using local_message = void;
};

presence_shard_actor::presence_shard_actor(caf::actor_config& config, const presence_shard_services& services)
  : process(config, services.lane.unit), services_(services), shard_(services.shard) {
  set_down_handler([this](caf::down_msg& x) { shard_.untrack(x.source); });
  obey_parent_alone(*this, config, [this](caf::error reason) {
    if (classify(reason).kind == exit_kind::shutdown)
      goodbye();
    quit(std::move(reason));
  });
}

std::string presence_shard_actor::label() const {
  return "presence shard " + std::to_string(shard_.index);
}

size_t presence_shard_actor::memory() const noexcept {
  return shard_.locked([](auto& replica) { return replica.view().footprint(); });
}

std::string presence_shard_actor::detail() const {
  auto result = std::to_string(shard_.locked([](auto& replica) { return replica.own().size(); })) + " own";
  for (const auto& x : shard_.mirrors()) {
    result += "; " + x.node + ": " + std::to_string(x.entries) + " entries";
    if (x.behind > 0)
      result += ", " + std::to_string(x.behind) + " behind";
    if (!x.connected)
      result += ", down";
  }
  return result;
}

caf::behavior presence_shard_actor::make_behavior() {
  for (const auto& who : shard_.owners())
    watch(who);
  attend(services_.hub.get());
  flush_later();
  return {
    [this](presence_changed) { flush_later(); },
    [this](const presence_changed_now& x) {
      for (auto& diff : shard_.take_diffs(x.topic))
        tell_clients(diff);
    },
    [this](presence_window_over) { flush(); },
    [this](const presence_watch& x) { watch(x.who); },
    [this](const presence_new_hub& x) { attend(x.hub); },
    [this](const presence_received& x) {
      tell_nodes(shard_.locked([&](auto& replica) {
        replica.receive(x.from, x.message);
        return replica.has_answers() ? replica.take_outgoing() : outgoing{};
      }));
      flush_later();
    },
    [this](const link_up& x) {
      tell_nodes(shard_.locked([&](auto& replica) {
        replica.peer_up(x.who);
        return replica.take_outgoing();
      }));
      flush_later();
      beat_later();
    },
    [this](const link_down& x) {
      shard_.locked([&](auto& replica) { replica.peer_down(x.who, clock().now()); });
      expire();
    },
    [this](presence_deadline_over x) {
      if (deadline_ != x.when)
        return; // an earlier timer was set meanwhile
      deadline_.reset();
      expire();
    },
    [this](presence_beat_due) { beat(); },
  };
}

// All nodes count as lost until the hub reports them, because messages that came meanwhile were missed.
void presence_shard_actor::attend(const caf::actor& hub) {
  shard_.locked([&](auto& replica) { replica.all_down(clock().now()); });
  if (hub)
    caf::anon_send(hub, hub_attend{caf::actor_cast<caf::actor>(this)});
  expire();
}

void presence_shard_actor::watch(const caf::actor_addr& who) {
  if (const auto alive = live_actor(who))
    monitor(alive);
  else
    shard_.untrack(who);
}

// -- changes ------------------------------------------------------------------

void presence_shard_actor::flush_later() {
  if (!std::exchange(flush_due_, true))
    delayed_send(this, shard_.settings.window, presence_window_over{});
}

void presence_shard_actor::flush() {
  flush_due_ = false;
  auto changes = shard_.take_changes();
  tell_nodes(changes.outgoing);
  for (auto& x : changes.diffs)
    tell_clients(x);
}

namespace {

void report_diff(const caf::actor_system& system, const presence_window::diff& x) {
  auto* hub = telemetry::listening(system, frequent_event::presence);
  if (hub != nullptr)
    hub->emit(frequent_event::presence,
              {{"joins", static_cast<int64_t>(x.joins)}, {"leaves", static_cast<int64_t>(x.leaves)}},
              {{"topic", x.topic}});
}

} // namespace

void presence_shard_actor::tell_clients(presence_window::diff& x) {
  report_diff(system(), x);
  const auto handler = x.body.has_value() ? services_.handler : nullptr;
  if (handler)
    x.batch->enrich = [&on = system(), handler, topic = x.topic](payload diff) {
      return enriched_diff(on, handler.get(), topic, std::move(diff));
    };
  auto message =
    caf::make_counted<broadcast>(x.topic, "presence_diff", enriched_diff(system(), handler.get(), x.topic, x.body));
  message->batch = x.batch;
  message->batch_index = x.index;
  services_.topics.from_unit(services_.lane, broadcast_ptr{std::move(message)}, reach::node);
  if (handler)
    guard_handler(system(), "handle_metas", x.topic,
                  [&] { handler->handle_metas(x.topic, x.body.value(), shard_.list(x.topic).value()); });
}

void presence_shard_actor::tell_nodes(const outgoing& messages) {
  if (messages.empty())
    return;
  const auto hub = services_.hub.get();
  if (!hub)
    return;
  for (const auto& x : messages) {
    std::string content;
    append_presence_message(content, shard_.index, x.message);
    caf::anon_send(hub, hub_send{x.to, parcel_kind::presence, std::move(content)});
  }
}

void presence_shard_actor::goodbye() {
  auto last = shard_.take_changes().outgoing;
  last.push_back({{}, presence_goodbye{}});
  tell_nodes(last);
}

// -- time ---------------------------------------------------------------------

void presence_shard_actor::expire_at(time_point when) {
  if (deadline_ && *deadline_ <= when)
    return; // the timer that is set looks again
  deadline_ = when;
  delayed_send(this, std::max(when - clock().now(), caf::actor_clock::duration_type{1}), presence_deadline_over{when});
}

void presence_shard_actor::expire() {
  const auto now = clock().now();
  const auto next = shard_.locked([&](auto& replica) {
    replica.expire(now);
    return replica.next_deadline();
  });
  flush_later();
  if (next)
    expire_at(*next);
}

void presence_shard_actor::beat_later() {
  if (!std::exchange(beating_, true))
    delayed_send(this, shard_.settings.heartbeat, presence_beat_due{});
}

void presence_shard_actor::beat() {
  beating_ = false;
  const auto alone = shard_.locked([](auto& replica) {
    replica.beat();
    return replica.alone();
  });
  tell_nodes(shard_.locked([](auto& replica) { return replica.take_outgoing(); }));
  report();
  if (!alone)
    beat_later();
}

void presence_shard_actor::report() {
  auto* events = telemetry::listening(system());
  if (events == nullptr)
    return;
  auto number = [](auto n) { return static_cast<int64_t>(n); };
  for (const auto& x : shard_.mirrors())
    events->emit("presence.mirror",
                 {{"shard", number(shard_.index)},
                  {"connected", x.connected},
                  {"behind", number(x.behind)},
                  {"entries", number(x.entries)}},
                 {{"node", x.node}});
}

child_spec presence_shard_child(const presence_shard_services& services) {
  return registered_in(services.shard.actor,
                       child<presence_shard_actor>("presence shard " + std::to_string(services.shard.index), services));
}

} // namespace bennu::engine
