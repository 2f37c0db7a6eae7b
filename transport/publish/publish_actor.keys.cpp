// Requests with idempotency keys.
#include <utility>

#include <caf/send.hpp>

#include "actors/client/limits.hpp"
#include "actors/node/node_parts.hpp"
#include "supervision/process/crash_report.hpp"
#include "supervision/process/numbers.hpp"
#include "transport/publish/publish_actor.hpp"

namespace bennu::engine {

namespace {

using namespace std::chrono_literals;

// How long the node that decides may take, and how often another one is asked. A live link answers in milliseconds; a
// claim that waits for another request is answered when that is done.
constexpr auto decision_time = 5s;
constexpr int max_tries = 3;
constexpr auto try_again = 200ms; // by then this node knows that the other one is lost

// How long the hub may take to tell an actor that has just started which nodes are connected.
constexpr auto hub_time = 200ms;

// The same on all nodes.
uint64_t weight(const digest& key, std::string_view node) noexcept {
  const std::string_view bytes{reinterpret_cast<const char*>(key.data()), key.size()};
  return mixed(fnv1a(node, fnv1a(bytes)));
}

} // namespace

// Of two requests with the same key on this node the second waits, whoever decides.
void publish_actor::begin(const keyed_publish_ptr& x) {
  const auto [place, is_first] = running_.try_emplace(x->key, queue_of_key{x, {}});
  if (!is_first)
    return place->second.waiting.push_back(x);
  decide(x);
}

// An actor that has just started must not decide from what it knows alone.
bool publish_actor::must_learn_first() {
  if (!is_new_)
    return false;
  if (nodes_.empty())
    return node_.hub.get() && clock().now() - started_ < hub_time;
  is_new_ = std::any_of(nodes_.begin(), nodes_.end(), [](const auto& x) {
    return !x.second.is_silent && !(x.second.has_api && x.second.has_told_all);
  });
  return is_new_;
}

void publish_actor::try_later(const keyed_publish_ptr& x) {
  retries_.push_back(x);
  delayed_send(this, try_again, api_retry_due{});
}

peer publish_actor::decider_of(const digest& key) const {
  auto result = node_.self();
  auto highest = weight(key, result.name);
  for (const auto& [name, other] : nodes_)
    if (const auto its = weight(key, name); other.has_api && its > highest) {
      highest = its;
      result = other.who;
    }
  return result;
}

void publish_actor::decide(const keyed_publish_ptr& x) {
  if (x->is_over)
    return;
  const auto now = clock().now();
  x->asked_at = now;
  if (const auto known = parts_.known.find(x->key, x->body, now))
    return decided(x, *known);
  if (must_learn_first())
    return now - x->since > decision_time ? finish(x, unavailable()) : try_later(x);
  const auto by = decider_of(x->key);
  if (by != node_.self())
    return node_.calls.ask(
      by, call_service::publish, encode(api_claim{node_.self(), x->key, x->body}), decision_time,
      [me = address(), x](const std::optional<call_answer>& answer) {
        if (const auto actor = live_actor(me)) // not the one that was started after it
          caf::anon_send(actor, api_decided{x, answer ? parse_verdict(answer->body) : std::nullopt});
      });
  const auto number = parts_.known.next_claim();
  const auto verdict = parts_.known.claim(x->key, x->body, node_.self(), number, now);
  tick_later();
  if (verdict.what == idempotency_table::answer::waits)
    undecided_[number] = [this, x](idempotency_table::verdict later) { decided(x, later); };
  else
    decided(x, verdict);
}

void publish_actor::decided(const keyed_publish_ptr& x, std::optional<idempotency_table::verdict> with) {
  if (!x->is_over && !x->is_granted && !guarded(x->request, [&] { settle(x, std::move(with)); }) && !x->is_over)
    finish(x, std::nullopt);
}

void publish_actor::settle(const keyed_publish_ptr& x, std::optional<idempotency_table::verdict> with) {
  using enum idempotency_table::answer;
  // Another node may have carried it out and told it while the question was on its way.
  if (const auto known = parts_.known.find(x->key, x->body, clock().now())) {
    if (with && with->what == granted)
      if (const auto record = parts_.known.recall(x->key, clock().now()))
        tell_all(*record, nullptr); // so that nobody waits for this one
    with = known;
  }
  if (!with && ++x->tries < max_tries)
    return try_later(x);
  if (!with || with->what == waits)
    return finish(x, unavailable());
  switch (with->what) {
    case granted:
      return is_too_late(*x) ? finish(x, unavailable()) : carry_out(x);
    case repeated:
      return finish(x, accepted(with->accepted));
    case mismatched:
      return finish(x, api_error(422, "this Idempotency-Key was used for another request"));
    case in_use:
      return finish(x, api_error(409, "another request with this Idempotency-Key is being carried out"));
    default:
      limit_hit(system(), "idempotency_keys");
      return finish(x, too_many("too many requests with an Idempotency-Key within five minutes",
                                parts_.known.until_free(x->request->by->number, clock().now())));
  }
}

// A destructor must not throw; the request is answered all the same.
keyed_answer::~keyed_answer() {
  try {
    request_->answer(accepted(accepted_, missing_));
  } catch (...) {
    request_->answer(accepted(accepted_));
  }
}

// Another node may carry it out when this one has taken too long, for instance because it was stopped (SIGSTOP).
bool publish_actor::is_too_late(const keyed_publish& x) const {
  return clock().now() - x.asked_at > 2 * decision_time;
}

// From its first message on it is carried out as a whole, so that the permission does not run out.
void publish_actor::carry_out(const keyed_publish_ptr& x) {
  x->is_granted = true;
  broadcast({x->request, std::move(x->messages), x});
}

void publish_actor::carried_out(const keyed_publish_ptr& x, uint64_t count) {
  const idempotency_table::record record{x->key, x->body, count, {}};
  note(record);
  settle();
  tick_later();
  tell_all(record, std::make_shared<keyed_answer>(x->request, count));
  finish(x, std::nullopt);
}

void publish_actor::finish(const keyed_publish_ptr& x, std::optional<http_response> answer) {
  if (answer)
    x->request->answer(std::move(*answer));
  x->is_over = true;
  const auto found = running_.find(x->key);
  auto& [first, waiting] = found->second;
  if (waiting.empty()) {
    running_.erase(found);
    return;
  }
  first = std::move(waiting.front());
  waiting.pop_front();
  send(this, api_undecided{first});
}

// Remembers what was done, here or on another node.
void publish_actor::note(const idempotency_table::record& x) {
  if (parts_.known.done(x, clock().now()))
    limit_hit(system(), "idempotency_keys");
}

// What waited for a request of another node, or of this one.
void publish_actor::settle() {
  for (const auto& x : parts_.known.take_settled())
    if (const auto found = undecided_.extract(x.claim); !found.empty())
      found.mapped()(x.with);
}

} // namespace bennu::engine
