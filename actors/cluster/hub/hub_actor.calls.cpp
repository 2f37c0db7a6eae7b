// The calls between nodes, as the hub handles them.
#include <chrono>
#include <utility>

#include <caf/send.hpp>

#include "actors/cluster/hub/hub_actor.hpp"
#include "actors/cluster/link/fields.hpp"
#include "supervision/process/local_message.hpp"

namespace bennu::engine {

struct hub_calls_due {
  using local_message = void;
};

namespace {

// How often overdue calls are looked for.
constexpr auto calls_look = std::chrono::milliseconds{250};

// How long the fate of an answer may stay unknown. 30 s: twice as long as a client may take to fetch an answer.
constexpr auto fate_timeout = std::chrono::seconds{30};

template <class T>
std::string content_of(const T& x) {
  std::string result;
  append_fields(result, x);
  return result;
}

} // namespace

caf::message_handler hub_actor::call_behavior() {
  return {
    [this](hub_ask& x) { ask(x); },
    [this](hub_answer& x) { answer(x); },
    [this](const hub_receipt& x) {
      if (auto* to = find(x.to))
        add(*to, {parcel_kind::receipt, 1, content_of(receipt_parcel{x.id, x.reached})});
    },
    [this](hub_calls_due) {
      calls_watched_ = false;
      calls_.expire(clock().now());
      watch_calls();
    },
  };
}

hub_actor::destination* hub_actor::find(const peer& who) {
  const auto found = peers_.find(who.name);
  return found != peers_.end() && found->second.who == who ? &found->second : nullptr;
}

void hub_actor::watch_calls() {
  if (!calls_.empty() && !std::exchange(calls_watched_, true))
    delayed_send(this, calls_look, hub_calls_due{});
}

// -- asking -------------------------------------------------------------------

void hub_actor::ask(hub_ask& x) {
  if (const auto now = peers_.find(x.to.name); x.to.incarnation == 0 && now != peers_.end())
    x.to = now->second.who;
  auto* to = find(x.to);
  if (to == nullptr)
    return; // there will be no answer
  const auto id = services_.calls.next_id();
  if (!calls_.asked(x.to.name, id, std::move(x.then), clock().now() + x.timeout))
    return;
  to->questions.push_back(id);
  add(*to, {parcel_kind::call, 1, content_of(call_parcel{id, static_cast<uint64_t>(x.service), x.body})});
  watch_calls();
}

void hub_actor::answered(const peer& from, const answer_parcel& x) {
  call_answer result{std::string{x.body}, {}};
  if (x.wants_receipt)
    result.tell = [&current = services_.current, from, id = x.id](bool reached) {
      if (const auto hub = current.get())
        caf::anon_send(hub, hub_receipt{from, id, reached});
    };
  const auto tell = result.tell;
  if (!calls_.answered(from.name, x.id, std::move(result)) && tell)
    tell(false);
}

// -- answering ----------------------------------------------------------------

// Returns false when the service cannot read the question.
bool hub_actor::asked(const peer& from, const call_parcel& x) {
  const auto* service = services_.calls.find(x.service);
  if (service == nullptr)
    return true; // a service of a later release: the asking node will time out
  auto answer = [&current = services_.current, from, id = x.id](std::string body, node_calls::tell_fate fate) {
    auto sure = fate ? std::make_shared<sure_call<answer_fate>>(std::move(fate)) : nullptr;
    if (const auto hub = current.get())
      caf::anon_send(hub, hub_answer{from, id, std::move(body), std::move(sure)});
  };
  try {
    (*service)(std::string{x.body}, std::move(answer));
    return true;
  } catch (const std::exception&) {
    return false; // no question of another node may end the hub
  }
}

void hub_actor::answer(hub_answer& x) {
  auto* to = find(x.to);
  if (to == nullptr)
    return;
  const auto content = content_of(answer_parcel{x.id, x.fate != nullptr, x.body});
  if (x.fate)
    calls_.answering(x.to.name, x.id, std::move(x.fate), clock().now() + fate_timeout);
  add(*to, {parcel_kind::answer, 1, content});
  watch_calls();
}

} // namespace bennu::engine
