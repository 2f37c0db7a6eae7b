// Other nodes, and what is asked of all of them.
#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "actors/node/node_parts.hpp"
#include "actors/pubsub/hub_messages.hpp"
#include "supervision/process/crash_report.hpp"
#include "transport/publish/publish_actor.hpp"
#include "transport/publish/topic_count.hpp"

namespace bennu::engine {

namespace {

using namespace std::chrono_literals;

// How long another node may take for an answer that it has at once.
constexpr auto answer_time = 2s;

// How many records one message has: about 70 KB.
constexpr size_t records_at_once = 1'000;

// How long until a node that did not answer is asked again whether it has the API. It asks itself when it starts.
constexpr auto greet_again = 10s;

// How long a request for the topics may wait for those before it.
constexpr auto longest_queue = 5s;

} // namespace

void publish_actor::attend(const caf::actor& hub) {
  nodes_.clear(); // until the hub reports them
  if (hub)
    caf::anon_send(hub, hub_attend{caf::actor_cast<caf::actor>(this)});
}

publish_actor::other_node* publish_actor::find(const peer& who) {
  const auto found = nodes_.find(who.name);
  return found != nodes_.end() && found->second.who == who ? &found->second : nullptr;
}

void publish_actor::up(const peer& who) {
  nodes_[who.name] = {.who = who};
  greet(who);
}

void publish_actor::down(const peer& who) {
  if (const auto found = nodes_.find(who.name); found != nodes_.end() && found->second.who == who)
    nodes_.erase(found);
  parts_.known.lost(who.name, clock().now());
  settle();
}

// -- what this node tells -------------------------------------------------------

// Asks whether another node has the API, and for all that it knows.
void publish_actor::greet(const peer& who) {
  if (const auto* x = find(who); x == nullptr || x->has_api)
    return;
  node_.calls.ask(who, call_service::publish, encode(api_records{node_.self(), {}, true, false}), answer_time,
                  [me = address(), who](const std::optional<call_answer>& answer) {
                    if (const auto actor = live_actor(me))
                      caf::anon_send(actor, api_greeted{who, answer && answer->body == api_records_kept});
                  });
}

void publish_actor::greeted(const api_greeted& x) {
  if (x.has_api)
    return has_api(x.who);
  auto* other = find(x.who);
  if (other == nullptr || other->has_api)
    return;
  other->is_silent = true;
  delayed_send(this, greet_again, api_greet_due{x.who});
}

void publish_actor::has_api(const peer& who) {
  auto* other = find(who);
  if (other == nullptr || std::exchange(other->has_api, true))
    return;
  other->is_silent = false;
  tell_everything(*other);
}

void publish_actor::tell_everything(other_node& x) {
  x.untold = parts_.known.keys();
  x.awaits_end = true;
  tell_next(x);
}

// `until` is released when the other nodes have answered, or will not. One that is found to have the API later is told
// everything then.
void publish_actor::tell_all(const idempotency_table::record& x, const keyed_answer_ptr& until) {
  for (const auto& [name, other] : nodes_) {
    if (until)
      until->await(name);
    if (other.has_api)
      tell(other.who, {node_.self(), {x}}, false, until);
  }
}

void publish_actor::tell_next() {
  for (auto& [name, other] : nodes_)
    tell_next(other);
}

void publish_actor::tell_next(other_node& x) {
  if (!x.has_api || x.is_being_told || (x.untold.empty() && !x.awaits_end))
    return;
  api_records next{node_.self(), {}};
  const auto now = clock().now();
  for (; !x.untold.empty() && next.list.size() < records_at_once; x.untold.pop_back())
    if (auto known = parts_.known.recall(x.untold.back(), now))
      next.list.push_back(std::move(*known));
  next.is_end = x.awaits_end && x.untold.empty();
  x.is_being_told = true;
  tell(x.who, std::move(next), true, nullptr);
}

void publish_actor::tell(const peer& whom, api_records what, bool is_batch, keyed_answer_ptr until) {
  api_told result{whom, {}, is_batch, what.is_end, false, std::move(until)};
  for (const auto& x : what.list)
    result.keys.push_back(x.key);
  node_.calls.ask(whom, call_service::publish, encode(std::move(what)), answer_time,
                  [me = address(), result = std::move(result)](const std::optional<call_answer>& answer) {
                    if (const auto actor = live_actor(me)) {
                      auto x = result;
                      x.is_kept = answer && answer->body == api_records_kept;
                      caf::anon_send(actor, std::move(x));
                    }
                  });
}

// What was not acknowledged is told again at the next tick.
void publish_actor::told(const api_told& x) {
  if (x.is_kept && x.until)
    x.until->acknowledged_by(x.who.name);
  auto* other = find(x.who);
  if (other == nullptr)
    return;
  if (x.is_batch)
    other->is_being_told = false;
  if (!x.is_kept) {
    other->untold.insert(other->untold.end(), x.keys.begin(), x.keys.end());
    if (other->untold.size() > 2 * parts_.known.size()) // most of them are forgotten
      other->untold = parts_.known.keys();
    return tick_later();
  }
  if (x.is_end)
    other->awaits_end = false;
  if (x.is_batch)
    tell_next(*other);
}

// -- what it is asked -----------------------------------------------------------

void publish_actor::asked(const api_asked& x) {
  auto question = parse_api_question(x.body);
  if (!question)
    return; // of a later release
  if (const auto* claim = std::get_if<api_claim>(&*question)) {
    asked(*claim, x.answer);
  } else if (const auto* told = std::get_if<api_records>(&*question)) {
    learn(*told);
    x.answer(std::string{api_records_kept}, {});
  } else {
    scan_node(node_.paths, std::get<api_scan>(*question),
              [answer = x.answer](const std::optional<topic_counts>& found) {
                if (found)
                  answer(encode(*found), {});
              });
  }
}

void publish_actor::learn(const api_records& x) {
  auto* from = find(x.from);
  if (from != nullptr && !from->has_api)
    has_api(x.from);
  else if (from != nullptr && x.wants_all && !from->awaits_end)
    tell_everything(*from); // its actor was restarted
  for (const auto& one : x.list)
    note(one);
  if (from != nullptr && x.is_end)
    from->has_told_all = true;
  settle();
  tick_later();
  for (const auto& one : x.list)
    if (const auto found = running_.find(one.key); found != running_.end()) {
      const auto asking = found->second.first;
      if (const auto known = parts_.known.find(asking->key, asking->body, clock().now()))
        decided(asking, known); // another node has carried it out: it needs no permission any more
    }
}

void publish_actor::asked(const api_claim& x, const node_calls::give_answer& answer) {
  const auto number = parts_.known.next_claim();
  const auto verdict = parts_.known.claim(x.key, x.body, x.holder, number, clock().now());
  tick_later();
  const auto give = [answer](idempotency_table::verdict later) { answer(encode(later), {}); };
  if (verdict.what == idempotency_table::answer::waits)
    undecided_[number] = give;
  else
    give(verdict);
}

// -- topics ---------------------------------------------------------------------

// One at a time: each looks at all topics of all nodes.
void publish_actor::count_topics(const api_request_ptr& x) {
  counts_.push_back({x, clock().now()});
  if (counts_.size() == 1)
    count_next();
}

void publish_actor::count_next() {
  const auto now = clock().now();
  while (!counts_.empty() && now - counts_.front().since > longest_queue) {
    counts_.front().request->answer(unavailable());
    counts_.pop_front();
  }
  if (!counts_.empty())
    count(counts_.front().request);
}

// The nodes that are not known to have the API are not asked: one of an older release would never answer.
void publish_actor::count(const api_request_ptr& x) {
  const auto at_end = [me = address()] {
    if (const auto actor = live_actor(me)) // not the one that was started after it
      caf::anon_send(actor, api_counted{});
  };
  auto read = read_topics(x->in.query, *x->by);
  if (auto* refused = std::get_if<http_response>(&read)) {
    x->answer(std::move(*refused));
    return at_end();
  }
  const auto& what = std::get<api_scan>(read);
  const auto all = std::make_shared<topic_count>(x, what, at_end);
  scan_node(node_.paths, what,
            [all](const std::optional<topic_counts>& found) { found ? all->add(*found) : all->fail(); });
  const auto question = encode(what);
  for (const auto& [name, other] : nodes_) {
    if (!other.has_api) {
      all->misses(name);
      continue;
    }
    node_.calls.ask(other.who, call_service::publish, question, answer_time,
                    [all, name = name](const std::optional<call_answer>& answer) {
                      const auto found = answer ? parse_topic_counts(answer->body) : std::nullopt;
                      found ? all->add(*found) : all->misses(name);
                    });
  }
}

} // namespace bennu::engine
