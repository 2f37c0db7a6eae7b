#include "transport/publish/publish_actor.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "actors/node/node_parts.hpp"
#include "supervision/process/crash_report.hpp"
#include "transport/http/field_list.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

struct api_tick {
  using local_message = void;
};

namespace {

// What a header can transport, and a person can read in a log. 255 bytes: several UUIDs.
bool is_idempotency_key(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 255
         && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
}

// The value of the header, or the answer to a malformed one.
std::variant<std::string_view, http_response> idempotency_key_of(const http_request& x) {
  const auto found = x.find("Idempotency-Key");
  if (!found)
    return std::string_view{};
  const auto count = std::count_if(x.headers.begin(), x.headers.end(),
                                   [](const auto& y) { return same_token(y.first, "Idempotency-Key"); });
  if (count > 1 || !is_idempotency_key(*found))
    return api_error(400, "Idempotency-Key must be one text of 1 to 255 printable ASCII characters");
  return *found;
}

// Two services may use the same idempotency key; with the API key in the hash they do not collide.
digest scoped(const digest& secret, std::string_view key) {
  return digest_of(std::string{reinterpret_cast<const char*>(secret.data()), secret.size()} + std::string{key});
}

} // namespace

publish_actor::publish_actor(caf::actor_config& config, const publish_parts& parts)
  : process(config), parts_(parts), node_(parts.node) {}

std::string publish_actor::label() const {
  return "publisher";
}

// A large list takes milliseconds, and a flood of them must not keep the sockets of its unit waiting.
caf::resumable::resume_result publish_actor::resume(caf::execution_unit* host, size_t) {
  return process::resume(host, 1);
}

caf::behavior publish_actor::make_behavior() {
  started_ = clock().now();
  parts_.known.restart(node_.self().name);
  attend(node_.hub.get());
  tick_later();
  return {
    [this](const api_requested& x) { handle_guarded(x.request); },
    [this](const api_asked& x) { asked(x); },
    [this](const api_decided& x) { decided(x.what, x.with); },
    [this](const api_undecided& x) { decide(x.what); },
    [this](api_retry_due) {
      const auto next = std::move(retries_.front());
      retries_.pop_front();
      decide(next);
    },
    [this](const api_greeted& x) { greeted(x); },
    [this](const api_greet_due& x) { greet(x.who); },
    [this](const api_told& x) { told(x); },
    [this](const api_new_hub& x) { attend(x.hub); },
    [this](const link_up& x) { up(x.who); },
    [this](const link_down& x) { down(x.who); },
    [this](api_tick) { tick(); },
    [this](api_counted) {
      if (!counts_.empty())
        counts_.pop_front();
      count_next();
    },
  };
}

// Their requests are answered now, not when the last handle of this actor is gone.
void publish_actor::on_exit() {
  undecided_.clear();
  running_.clear();
  retries_.clear();
  counts_.clear();
}

void publish_actor::tick() {
  ticks_ = false;
  parts_.known.expire(clock().now());
  settle();
  tell_next();
  tick_later();
}

void publish_actor::tick_later() {
  const bool has_to_tell = std::any_of(nodes_.begin(), nodes_.end(), [](const auto& x) {
    return x.second.has_api && (x.second.awaits_end || !x.second.untold.empty());
  });
  if ((has_to_tell || !parts_.known.empty()) && !std::exchange(ticks_, true))
    delayed_send(this, std::chrono::seconds{1}, api_tick{});
}

// The program's own code runs in it, with data from clients: `presence_handler::fetch`.
void publish_actor::handle_guarded(const api_request_ptr& x) {
  try {
    handle(x);
  } catch (...) {
    if (auto* events = telemetry::listening(system()))
      events->emit("publish_api.request_failed", {}, {{"path", x->in.path}, {"text", exception_text()}});
    x->answer(api_error(500, "this request failed in the server"));
    const auto is_it = [&x](const auto& y) { return y.second.first->request == x; };
    if (const auto found = std::find_if(running_.begin(), running_.end(), is_it); found != running_.end())
      finish(keyed_publish_ptr{found->second.first}, std::nullopt);
  }
}

void publish_actor::handle(const api_request_ptr& x) {
  switch (x->what) {
    case api_action::publish:
      return publish(x);
    case api_action::presence:
      return tell_presence(x);
    case api_action::disconnect:
      return disconnect(x);
    case api_action::topics:
      return count_topics(x);
  }
}

void publish_actor::publish(const api_request_ptr& x) {
  auto read = read_publish(x->in.body, *x->by);
  if (auto* refused = std::get_if<http_response>(&read))
    return x->answer(std::move(*refused));
  auto key = idempotency_key_of(x->in);
  if (auto* refused = std::get_if<http_response>(&key))
    return x->answer(std::move(*refused));
  auto& messages = std::get<std::vector<publish_command>>(read);
  if (const auto text = std::get<std::string_view>(key); !text.empty())
    return begin_with_key(x, std::move(messages), scoped(x->by->secret, text));
  broadcast(messages);
  x->answer(accepted(messages.size()));
}

// The text of the request is not needed any more, and it may wait for long.
void publish_actor::begin_with_key(const api_request_ptr& x, std::vector<publish_command> messages, const digest& key) {
  const auto body = digest_of(x->in.body);
  x->in.body = {};
  x->in.headers = {};
  begin(std::make_shared<keyed_publish>(
    keyed_publish{.request = x, .messages = std::move(messages), .key = key, .body = body, .since = clock().now()}));
}

void publish_actor::broadcast(std::vector<publish_command>& messages) {
  for (auto& m : messages)
    node_.topics.broadcast(std::move(m.topic), std::move(m.event), std::move(m.body));
}

void publish_actor::tell_presence(const api_request_ptr& x) {
  auto read = read_presence(x->in.query, *x->by);
  if (auto* refused = std::get_if<http_response>(&read))
    return x->answer(std::move(*refused));
  x->answer(api_answer(200, std::string{node_.presences.list(std::get<std::string>(read)).bytes()}));
}

void publish_actor::disconnect(const api_request_ptr& x) {
  auto read = read_disconnect(x->in.body, *x->by);
  if (auto* refused = std::get_if<http_response>(&read))
    return x->answer(std::move(*refused));
  node_.topics.broadcast(std::move(std::get<std::string>(read)), "disconnect", {});
  x->answer(api_answer(202, "{}"));
}

} // namespace bennu::engine
