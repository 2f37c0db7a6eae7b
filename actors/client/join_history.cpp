#include "actors/client/join_history.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "actors/client/limits.hpp"
#include "actors/client/unit_services.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

// What a client missed may fill the outbox only to this part. 2: while it is half full, any live message fits; beyond
// that the policy of the endpoint could close the connection, again and again.
constexpr size_t max_replay_share = 2;

// The position that a client sends: a JSON string without escapes. Anything else is no position.
std::optional<history_position> since_of(const payload& params) {
  const auto member = params.is_binary() ? std::nullopt : params.member("since");
  if (!member)
    return std::nullopt;
  auto text = member->bytes();
  if (text.size() < 2 || text.front() != '"' || text.size() - 2 > position_rule.max_bytes)
    return history_position{no_position};
  text.remove_prefix(1);
  text.remove_suffix(1);
  return history_position::parse(text).value_or(history_position{no_position});
}

size_t bytes_of(const std::vector<broadcast_ptr>& all) {
  size_t result = 0;
  for (const auto& x : all)
    result += topic_history::footprint(*x);
  return result;
}

// How many beats fit into that time, and two more.
uint64_t beats_in(std::chrono::milliseconds time) noexcept {
  return static_cast<uint64_t>(time / history_store::beat_time) + 2;
}

} // namespace

history_store& join_history::store() const noexcept {
  return *join_.owner().unit().shared.topics.histories();
}

bool join_history::waits_for_histories(const caf::actor& tell) const {
  return since_of(join_.join_message().body) && store().await_histories(tell);
}

void join_history::begin() {
  const auto since = since_of(join_.join_message().body);
  found_ = store().join(join_.topic(), bounds_, since, since ? join_.owner().reader() : 0);
  is_reader_ = true;
  const auto room = join_.owner().via().options().max_outbox_bytes / max_replay_share;
  const auto waits = join_.owner().session().waiting_bytes(); // also what other topics replay
  if (!found_.missed.empty() && waits + bytes_of(found_.missed) > room) {
    limit_hit(join_.owner().unit().shared.system, "replay");
    auto now = store().join(join_.topic(), bounds_, std::nullopt, 0);
    store().leave(join_.topic());
    found_ = std::move(now);
    found_.refusal = history_refusal::too_large;
  }
  if (found_.refusal != history_refusal::none)
    refused(found_.refusal);
  index_ = found_.index;
  gap_ = found_.gap;
  follows_ = found_.recovered;
  ahead_ = std::move(found_.ahead);
  read_ = std::move(found_.read);
  others_ = std::move(found_.others);
  if (!ahead_.empty())
    until_ = store().beats() + beats_in(remembered_for(bounds_));
}

void join_history::refused(history_refusal why) {
  store().count_refusal(why);
  if (auto* hub = telemetry::listening(join_.owner().unit().shared.system))
    hub->emit("history.refused", {}, {{"topic", join_.topic()}, {"reason", to_string(why)}});
}

void join_history::end() {
  if (std::exchange(is_reader_, false))
    store().leave(join_.topic());
}

payload join_history::answer(const payload& response) {
  tells_apart_ = response.is_binary() || !response.bytes().starts_with('{');
  if (tells_apart_)
    return response;
  return response.with("history", json{{"position", found_.position}, {"recovered", found_.recovered}});
}

void join_history::replay() {
  const auto found = std::exchange(found_, {});
  for (const auto& x : found.missed)
    join_.pass(*x);
  if (tells_apart_) // last: a client with this position counts as one that has all the missed messages
    join_.owner().tell_position(join_.topic(), found.position);
}

bool join_history::is_special(const broadcast& x) const noexcept {
  return !ahead_.empty() || is_broken_ || x.place->is_old || x.place->gap != 0 || x.place->index <= index_;
}

// `read_` is updated only while the client is ahead of this node; afterwards its entries stay true.
bool join_history::concerns_client(const broadcast& gap) const noexcept {
  const auto& at = *gap.place;
  const auto seen = std::find_if(read_.begin(), read_.end(), [&](const history_mark& x) { return x.life == at.life; });
  return at.gap > gap_ && (follows_ || !at.is_old) && (seen == read_.end() || seen->seq < at.seq);
}

broadcast_ptr join_history::placed_for_client(const broadcast& x) {
  const auto& at = *x.place;
  if (!is_broken_ && at.gap != 0 && concerns_client(x)) {
    is_broken_ = true;
    store().count_gap();
  }
  if (is_broken_ || at.gap != 0 || at.index <= index_ || (at.is_old && !follows_))
    return nullptr;
  if (!ahead_.empty() && store().beats() >= until_)
    ahead_.clear();
  if (ahead_.empty())
    return broadcast_ptr{&x};
  const auto named = [&at](const history_mark& one) { return one.life == at.life; };
  const auto seen = std::find_if(read_.begin(), read_.end(), named);
  const bool has_it = seen != read_.end() && seen->seq >= at.seq;
  std::erase_if(ahead_, [&](const history_mark& one) { return named(one) && at.seq >= one.seq; });
  if (seen == read_.end())
    read_.push_back({at.life, at.seq});
  else if (!has_it)
    seen->seq = at.seq;
  if (has_it)
    return nullptr;
  if (ahead_.empty())
    return broadcast_ptr{&x};
  return at_position(x, position_now(x.topic));
}

// `others_` holds only lives that the position does not name, so those that it names now are removed.
std::string join_history::position_now(const std::string& topic) {
  std::erase_if(others_, [&](const history_mark& x) {
    return std::any_of(read_.begin(), read_.end(), [&](const history_mark& y) { return x.life == y.life; });
  });
  return write_position(topic_hash(topic), read_, others_);
}

} // namespace bennu::engine
