#include "transport/observer/observer_channel.hpp"

#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "supervision/process/numbers.hpp"
#include "transport/observer/observer_service.hpp"
#include "transport/observer/token_guard.hpp"

namespace bennu::engine {

namespace {

constexpr size_t max_id_bytes = 128;
constexpr std::chrono::milliseconds shortest_interval{250}, longest_interval{60'000}, usual_interval{1'000};

reply problem(std::string text, unsigned status = 400) {
  return reply::error(json{{"reason", std::move(text)}, {"status", status}});
}

reply too_many(const char* what, size_t most) {
  return problem(std::string{"too many "} + what + ": at most " + std::to_string(most), 429);
}

// The params of an event: an object.
const json* object_in(const payload& in) {
  return in.has_value() && in.value().is_object() ? &in.value() : nullptr;
}

constexpr const char* no_object = "the payload must be a JSON object that is not deeply nested";

} // namespace

connect_result observer_socket::connect(const connect_info& info) {
  peer_ = info.peer_address.empty() ? "a Unix socket" : info.peer_address;
  switch (guard_.check(peer_, info.auth_token, token_guard::time_point::clock::now())) {
    case token_guard::verdict::right:
      return connected{};
    case token_guard::verdict::too_many:
      return connect_refused{429, "too many wrong tokens\n"};
    case token_guard::verdict::wrong:
      break;
  }
  return connect_refused{403, "the token is wrong: it is in the file of --observer\n"};
}

join_result observer_channel::join(const json&) {
  return accept{of_.describe()};
}

const event_table& observer_channel::handle_in() const {
  static const events<observer_channel> table = {
    {"ask", &observer_channel::ask},
    {"watch", &observer_channel::watch},
    {"unwatch", &observer_channel::unwatch},
    {"act", &observer_channel::act},
  };
  return table;
}

caf::message_handler observer_channel::handle_info() {
  return {
    [this](const observer_answered& x) {
      --open_;
      if (x.with->is_ok())
        x.to.ok(x.with->value);
      else
        x.to.error(json{{"reason", x.with->reason}, {"status", x.with->status}});
    },
    [this](const observer_watch_answered& x) {
      --open_;
      watched_answered(x.id, x.generation, *x.with);
    },
    [this](const observer_watch_due& x) { watch_due(x.id, x.generation); },
  };
}

reply observer_channel::ask(const payload& in) {
  const auto* x = object_in(in);
  if (x == nullptr)
    return problem(no_object);
  if (!x->value("view", json{}).is_string())
    return problem("view must be the name of a view");
  if (open_ >= max_open)
    return too_many("questions at once", max_open);
  begin(observer_question::type::view, *x, defer());
  return reply::none();
}

reply observer_channel::act(const payload& in) {
  const auto* x = object_in(in);
  if (x == nullptr)
    return problem(no_object);
  if (!x->value("action", json{}).is_string())
    return problem("action must be the name of an action");
  if (open_ >= max_open)
    return too_many("questions at once", max_open);
  begin(observer_question::type::action, *x, defer());
  return reply::none();
}

void observer_channel::begin(observer_question::type what, const json& in, deferred_reply later) {
  ++open_;
  const bool is_view = what == observer_question::type::view;
  auto then = [me = caf::actor{self()}, later = std::move(later), is_view](observer_answer x) {
    if (is_view && x.is_ok())
      x.value = json{{"value", std::move(x.value)}};
    caf::anon_send(me, observer_answered{later, std::make_shared<const observer_answer>(std::move(x))});
  };
  of_.ask({what, in.at(is_view ? "view" : "action").get<std::string>(), in.value("params", json::object()),
           socket_as<observer_socket>().peer(), std::make_shared<sure_call<observer_answer>>(std::move(then))});
}

reply observer_channel::watch(const payload& in) {
  const auto* x = object_in(in);
  if (x == nullptr)
    return problem(no_object);
  const auto id = x->value("id", json{}), view = x->value("view", json{});
  const auto every = x->value("every_ms", json(usual_interval.count()));
  if (!id.is_string() || id.get_ref<const std::string&>().size() > max_id_bytes)
    return problem("id must be a text of at most " + std::to_string(max_id_bytes) + " bytes");
  if (!view.is_string())
    return problem("view must be the name of a view");
  if (!every.is_number_integer() || every < shortest_interval.count() || every > longest_interval.count())
    return problem("every_ms must be a whole number from 250 to 60000");
  const auto name = id.get<std::string>();
  if (open_ >= max_open) // a watch that is replaced leaves its question under way
    return too_many("questions at once", max_open);
  if (!watches_.contains(name) && watches_.size() >= max_watches)
    return too_many("watched views", max_watches);
  auto& added = watches_[name] = watched{view.get<std::string>(),
                                         x->value("params", json::object()),
                                         std::chrono::milliseconds{every.get<int64_t>()},
                                         ++generations_,
                                         0,
                                         false,
                                         std::make_shared<deferred_reply>(defer())};
  ask_watched(name, added);
  return reply::none();
}

reply observer_channel::unwatch(const payload& in) {
  const auto* x = object_in(in);
  if (x == nullptr || !x->value("id", json{}).is_string())
    return problem("id must be the id of a watch");
  watches_.erase(x->at("id").get<std::string>());
  return reply::ok();
}

// Each watch has one question under way at most.
void observer_channel::ask_watched(const std::string& id, watched& x) {
  x.is_asked = true;
  ++open_;
  auto then = [me = caf::actor{self()}, id, generation = x.generation](observer_answer answer) {
    caf::anon_send(me,
                   observer_watch_answered{id, generation, std::make_shared<const observer_answer>(std::move(answer))});
  };
  of_.ask({observer_question::type::view, x.view, x.params, socket_as<observer_socket>().peer(),
           std::make_shared<sure_call<observer_answer>>(std::move(then))});
}

void observer_channel::watched_answered(const std::string& id, uint64_t generation, observer_answer answer) {
  const auto found = watches_.find(id);
  if (found == watches_.end() || found->second.generation != generation)
    return;
  auto& x = found->second;
  x.is_asked = false;
  if (x.first && !answer.is_ok()) { // a watch that begins with an error does not begin
    x.first->error(json{{"reason", answer.reason}, {"status", answer.status}});
    watches_.erase(found);
    return;
  }
  self()->delayed_send(self(), x.every, observer_watch_due{id, generation});
  if (!answer.is_ok())
    return;
  const payload value{answer.value};
  const auto hash = fnv1a(value.bytes());
  const bool is_first = x.first != nullptr;
  if (is_first)
    std::exchange(x.first, nullptr)->ok(payload{}.with("value", value));
  else if (hash != x.last)
    push("changed", payload{json{{"id", id}}}.with("value", value));
  x.last = hash;
}

void observer_channel::watch_due(const std::string& id, uint64_t generation) {
  const auto found = watches_.find(id);
  if (found == watches_.end() || found->second.generation != generation || found->second.is_asked)
    return;
  if (size().unsent_bytes <= max_unsent_bytes)
    return ask_watched(id, found->second);
  self()->delayed_send(self(), found->second.every, observer_watch_due{id, generation});
}

endpoint observer_endpoint(observer_service& of, token_guard& guard) {
  socket_options options;
  options.allowed_origins = {"self"}; // whatever the program allows for its other endpoints
  options.max_channels = 4;
  options.max_message_bytes = size_t{64} << 10; // a question has some hundred bytes
  options.max_message_values = 1'000;
  options.max_join_bytes = size_t{4} << 10;
  options.max_outbox_bytes = size_t{4} << 20; // twenty answers of the largest views
  // A channel that crashes tells its client, who joins and watches again.
  return endpoint{"/observer/socket"}
    .serve<observer_socket>(std::move(options), std::ref(guard))
    .channel<observer_channel>("observer", {.restart_as = restart::temporary}, std::ref(of));
}

} // namespace bennu::engine
