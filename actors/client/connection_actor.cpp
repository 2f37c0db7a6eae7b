#include "actors/client/connection_actor.hpp"

#include <chrono>
#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_actor.hpp"
#include "actors/client/channel_join.hpp"
#include "actors/client/connection_messages.hpp"
#include "actors/client/unit_services.hpp"
#include "actors/wire/frame.hpp"
#include "supervision/children/parent.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/supervision/child_recipe.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu::engine {

namespace {

// How many messages are handled in a row before other actors of the unit run.
constexpr int messages_per_turn = 50;

// A connection that keeps crashing is broken for its client: 3 in 5 s is Elixir's default.
constexpr restart_limit connection_intensity{3, std::chrono::seconds{5}};

child_spec channel_child(channel_join_ptr join) {
  const auto& options = join->route().options;
  return child_spec{join->route().name,
                    [join](caf::event_based_actor* parent, const start_cause& cause) -> start_result {
                      if (join->owner().gone)
                        join->advance(join_input::hung_up);
                      if (join->state.is_over())
                        return start_result::ignore();
                      return caf::actor{parent->spawn<channel_actor>(join, cause)};
                    }}
    .restart_as(options.restart_as)
    .shutdown_as(shutdown_policy::within(options.shutdown_time))
    .limit_to(options.intensity)
    .when_given_up([join](const exit_info& crash) { join->give_up(crash.text); });
}

} // namespace

child_spec connection_child(connection_ptr x) {
  return child_spec{"connection",
                    [x](caf::event_based_actor* parent, const start_cause&) -> start_result {
                      if (x->gone)
                        return start_result::ignore();
                      return caf::actor{parent->spawn<connection_actor>(x)};
                    }}
    .restart_as(restart::transient)
    .limit_to(connection_intensity)
    .when_given_up([x](const exit_info& why) {
      x->ends(end_reason::crash, "the connection's actor crashed too often: " + why.text);
      x->session().close(close_code::internal_error, {});
    });
}

connection_actor::connection_actor(caf::actor_config& config, connection_ptr of)
  : process(config, of->unit().lane.unit), connection_(std::move(of)) {
  obey_parent_alone(*this, config, [this](caf::error reason) {
    connection_->ends(end_reason::drain, "the supervisor of the connections ends");
    close_all(close_code::going_away);
    quit(std::move(reason));
  });
}

size_t connection_actor::memory() const noexcept {
  return connection_ ? connection_->session().waiting_bytes() + connection_->in_flight_bytes() : 0;
}

std::string connection_actor::label() const {
  return "connection";
}

caf::behavior connection_actor::make_behavior() {
  connection_->actor = caf::actor_cast<caf::actor>(this);
  if (connection_->gone) {
    quit();
    return {};
  }
  if (connection_->has_work())
    send(this, wake{});
  if (connection_->may_expire())
    await_expiry();
  return {
    [this](wake) { drain_inbox(); },
    [this](socket_closed) { quit(); },
    [this](disconnect) { close_all(close_code::going_away); },
    [this](expiry_due x) { expire(x); },
    [this](drain) {
      connection_->ends(end_reason::drain, "the server stops");
      close_all(close_code::service_restart);
    },
    [](const route_failed& x) { std::rethrow_exception(x.why); },
  };
}

// A message to this actor that is still under way must not keep the memory of the connection.
void connection_actor::on_exit() {
  if (const auto former = std::exchange(connection_, nullptr))
    former->actor = nullptr;
}

void connection_actor::drain_inbox() {
  for (int n = 0; !connection_->waiting.empty(); ++n) {
    if (n == messages_per_turn) {
      send(this, wake{});
      return;
    }
    // As in Phoenix, a join is decided before the client's next message is handled. A deferred join delays nothing.
    if (connection_->waits_for_join())
      return; // until `connection::decided`
    handle(connection_->waiting.take());
  }
  if (!connection_->waits_for_join())
    connection_->all_handled();
}

void connection_actor::handle(client_message message) {
  const bool joins = message.event == "phx_join";
  if (!joins && (message.topic != "phoenix" || message.event != "refresh_token"))
    return connection_->handle(std::move(message));
  const auto bytes = message.size_bytes();
  bool to_channel = false;
  try {
    if (connection_->session().is_open() && joins)
      join(std::move(message));
    else if (connection_->session().is_open())
      to_channel = refresh_or_route(message);
  } catch (...) { // the message is not tried again
    connection_->handled_one(bytes);
    throw;
  }
  if (!to_channel)
    connection_->handled_one(bytes);
}

bool connection_actor::refresh_or_route(client_message& message) {
  auto* there = connection_->find(message.topic);
  return !connection_->event_over_limit(message, there) && !refresh(message) && connection_->dispatch(message, there);
}

void connection_actor::join(client_message message) {
  auto* route = connection_->via().route_of(message.topic);
  if (route == nullptr)
    return connection_->reply_unmatched(message);
  if (connection_->join_over_limit(message, *route))
    return;
  const auto& options = connection_->via().options();
  const auto bytes = message.topic.size() + message.body.bytes().size();
  if (bytes > options.max_join_bytes)
    return connection_->refuse(message, "join_bytes", json{{"reason", "join too large"}});
  channel_join_ptr former{connection_->find(message.topic)};
  if (!former && connection_->join_count() >= options.max_channels)
    return connection_->refuse(message, "channels", json{{"reason", "too many channels joined"}});
  auto place = connection_->unit().shared.joins.take(connection_->id(), options.max_joins_per_id, bytes);
  if (const auto* limit = std::get_if<std::string_view>(&place))
    return connection_->refuse(message, *limit, json{{"reason", "too many channels joined"}});
  auto next =
    caf::make_counted<channel_join>(connection_, *route, std::move(message), std::get<join_place>(std::move(place)));
  if (former)
    next->replace(std::move(former));
  next->used = connection_->used_before(next->topic());
  connection_->add(next);
  start(std::move(next));
}

// Sends a request and not only a message, because a join whose pool has ended would otherwise stay undecided for ever.
void connection_actor::start(channel_join_ptr join) {
  request(connection_->unit().channels.get(), caf::infinite, start_child_command{make_recipe(channel_child(join))})
    .then([](const child_started&) {},
          [join](const caf::error& why) {
            if (join->state.phase() == join_phase::asked)
              join->give_up(classify(why).text);
          });
}

void connection_actor::close_all(uint16_t code) {
  connection_->session().close(code, {});
}

} // namespace bennu::engine
