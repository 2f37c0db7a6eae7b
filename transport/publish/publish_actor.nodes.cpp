// Other nodes, and what is asked of all of them.
#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "actors/node/node_parts.hpp"
#include "actors/pubsub/hub_messages.hpp"
#include "transport/publish/publish_actor.hpp"
#include "transport/publish/topic_count.hpp"

namespace bennu::engine {

namespace {

using namespace std::chrono_literals;

// How long another node may take for an answer that it has at once.
constexpr auto answer_time = 2s;

// How many records one message has: about 70 KB.
constexpr size_t records_at_once = 1'000;

} // namespace

void publish_actor::attend(const caf::actor& hub) {
  nodes_.clear(); // until the hub reports them
  if (hub)
    caf::anon_send(hub, hub_attend{caf::actor_cast<caf::actor>(this)});
}

// The first message is sent even when it is empty: it shows that this node has the API.
void publish_actor::up(const peer& who) {
  nodes_[who.name] = {who};
  auto all = parts_.known.records(clock().now());
  do {
    const auto some = std::min(records_at_once, all.size());
    tell(who, {all.end() - static_cast<std::ptrdiff_t>(some), all.end()}, nullptr);
    all.resize(all.size() - some);
  } while (!all.empty());
}

void publish_actor::down(const peer& who) {
  if (const auto found = nodes_.find(who.name); found != nodes_.end() && found->second.who == who)
    nodes_.erase(found);
  parts_.known.lost(who.name, clock().now());
  settle();
}

// `until` is released when the other node has answered, or will not.
void publish_actor::tell(const peer& whom, std::vector<idempotency_table::record> list, std::shared_ptr<void> until) {
  node_.calls.ask(
    whom, call_service::publish, encode(api_records{node_.self(), std::move(list)}), answer_time,
    [&current = parts_.current, whom, until = std::move(until)](const std::optional<call_answer>& answer) {
      if (const auto actor = answer && answer->body == api_records_kept ? current.get() : nullptr)
        caf::anon_send(actor, api_node_has_api{whom});
    });
}

void publish_actor::has_api(const peer& who) {
  if (const auto found = nodes_.find(who.name); found != nodes_.end() && found->second.who == who)
    found->second.has_api = true;
}

void publish_actor::asked(const api_asked& x) {
  auto question = parse_api_question(x.body);
  if (!question)
    return; // of a later release
  if (const auto* claim = std::get_if<api_claim>(&*question)) {
    asked(*claim, x.answer);
  } else if (const auto* told = std::get_if<api_records>(&*question)) {
    has_api(told->from);
    for (const auto& one : told->list)
      parts_.known.done(one, clock().now());
    settle();
    tick_later();
    x.answer(std::string{api_records_kept}, {});
  } else {
    scan_node(node_.paths, std::get<api_scan>(*question),
              [answer = x.answer](const std::optional<topic_counts>& found) {
                if (found)
                  answer(encode(*found), {});
              });
  }
}

void publish_actor::asked(const api_claim& x, const node_calls::give_answer& answer) {
  const auto number = ++last_claim_;
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
  counts_.push_back(x);
  if (counts_.size() == 1)
    count_next();
}

void publish_actor::count_next() {
  if (counts_.empty())
    return;
  const auto& x = counts_.front();
  const auto at_end = [&current = parts_.current] {
    if (const auto actor = current.get())
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
  for (const auto& [name, other] : nodes_)
    node_.calls.ask(other.who, call_service::publish, question, answer_time,
                    [all, name = name](const std::optional<call_answer>& answer) {
                      const auto found = answer ? parse_topic_counts(answer->body) : std::nullopt;
                      found ? all->add(*found) : all->misses(name);
                    });
}

} // namespace bennu::engine
