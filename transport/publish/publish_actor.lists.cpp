// Messages to publish, a part at a time.
#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "actors/client/limits.hpp"
#include "actors/node/node_parts.hpp"
#include "transport/http/field_list.hpp"
#include "transport/publish/publish_actor.hpp"

namespace bennu::engine {

namespace {

// How much one handler does. It is little, because an io unit looks at the clock only after every eighth handler
// (io_unit.cpp), and then at its sockets. 4 KiB hold about a hundred small messages.
constexpr size_t short_body = 4 << 10;
constexpr size_t bytes_at_once = 4 << 10;
constexpr size_t messages_at_once = 25;

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
  if (is_twice(x, "Idempotency-Key") || !is_idempotency_key(*found))
    return api_error(400, "Idempotency-Key must be one text of 1 to 255 printable ASCII characters");
  return *found;
}

// Two services may use the same idempotency key; with the API key in the hash they do not collide.
digest scoped(const known_key& by, std::string_view key) {
  const auto& secret = by.secret;
  return idempotency_table::key_of(by.number, std::string{reinterpret_cast<const char*>(secret.data()), secret.size()}
                                                + std::string{key});
}

} // namespace

void publish_actor::publish(const api_request_ptr& x) {
  if (x->in.body.size() > short_body) {
    long_requests_.add(x->by, {x, publish_reader{x->in.body, *x->by}});
    return go_on_later();
  }
  auto read = read_publish(x->in.body, *x->by);
  if (auto* refused = std::get_if<http_response>(&read))
    return x->answer(std::move(*refused));
  publish(x, std::move(std::get<std::vector<publish_command>>(read)));
}

// The text of the request is not needed any more, and it may wait for long.
void publish_actor::publish(const api_request_ptr& x, std::vector<publish_command> messages) {
  auto key = idempotency_key_of(x->in);
  if (auto* refused = std::get_if<http_response>(&key))
    return x->answer(std::move(*refused));
  size_t size = 0;
  for (const auto& m : messages)
    size += size_of(m);
  if (!x->resize(size)) {
    limit_hit(system(), "api_requests");
    return x->answer(too_many("too many bytes of requests of this key wait already"));
  }
  const auto text = std::get<std::string_view>(key);
  const auto id = text.empty() ? std::optional<digest>{} : scoped(*x->by, text);
  const auto body = id ? digest_of(x->in.body) : digest{};
  x->in.body = {};
  x->in.headers = {};
  if (!id)
    return broadcast({x, std::move(messages), nullptr});
  begin(std::make_shared<keyed_publish>(
    keyed_publish{.request = x, .messages = std::move(messages), .key = *id, .body = body, .since = clock().now()}));
}

void publish_actor::hand_over(publish_command& x) {
  node_.topics.broadcast(std::move(x.topic), std::move(x.event), std::move(x.body));
}

// Returns whether all were broadcast.
bool publish_actor::broadcast_some(long_broadcast& x) {
  const auto end = std::min(x.messages.size(), x.next + messages_at_once);
  std::optional<trace_scope> traced;
  if (x.request->span)
    traced.emplace(x.request->span->context());
  while (x.next < end)
    hand_over(x.messages[x.next++]);
  return x.next == x.messages.size();
}

// A few messages at once; those of a longer list wait for the lists before it.
void publish_actor::broadcast(long_broadcast x) {
  if (x.messages.size() > messages_at_once) {
    broadcasts_.push_back(std::move(x));
    return go_on_later();
  }
  broadcast_some(x);
  finish_broadcast(x);
}

void publish_actor::finish_broadcast(const long_broadcast& x) {
  if (x.keyed)
    carried_out(x.keyed, x.messages.size());
  else
    x.request->answer(accepted(x.messages.size()));
}

void publish_actor::go_on_later() {
  if (!std::exchange(goes_on_, true))
    send(this, api_go_on{});
}

// Lists that are read already are broadcast before others are read: another node has permitted some of them for a
// limited time, and their memory becomes free.
void publish_actor::go_on() {
  goes_on_ = false;
  if (!broadcasts_.empty())
    go_on_broadcasting();
  else if (!long_requests_.empty())
    read_some();
  if (!broadcasts_.empty() || !long_requests_.empty())
    go_on_later();
}

void publish_actor::go_on_broadcasting() {
  auto& first = broadcasts_.front();
  const auto keyed = first.keyed;
  if (keyed && first.next == 0 && is_too_late(*keyed)) {
    broadcasts_.pop_front();
    return finish(keyed, unavailable());
  }
  bool is_over = false;
  if (guarded(first.request, [&] { is_over = broadcast_some(first); }) && !is_over)
    return;
  const auto x = std::move(first);
  broadcasts_.pop_front();
  if (is_over)
    guarded(x.request, [&] { finish_broadcast(x); });
  if (keyed && !keyed->is_over) // it has failed
    finish(keyed, std::nullopt);
}

void publish_actor::read_some() {
  auto& [request, reader] = long_requests_.front();
  const auto x = request;
  bool is_over = true;
  guarded(x, [&, &reading = reader] {
    is_over = reading.read_some(bytes_at_once);
    if (x->resize(api_request::size_of(x->in) + reading.bytes()))
      return;
    limit_hit(system(), "api_requests");
    x->answer(too_many("too many bytes of requests of this key wait already"));
    is_over = true;
  });
  if (!is_over)
    return long_requests_.pass_on();
  auto read = x->is_answered() ? std::vector<publish_command>{} : reader.take();
  long_requests_.pop();
  if (x->is_answered())
    return;
  if (auto* refused = std::get_if<http_response>(&read))
    return x->answer(std::move(*refused));
  guarded(x, [&] { publish(x, std::move(std::get<std::vector<publish_command>>(read))); });
}

} // namespace bennu::engine
