#include "actors/client/join_history.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "actors/client/unit_services.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

namespace {

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

} // namespace

history_store& join_history::store() const noexcept {
  return *join_.owner().unit().shared.topics.histories();
}

void join_history::begin() {
  has_begun_ = true;
  const auto since = since_of(join_.join_message().body);
  found_ = store().join(join_.topic(), bounds_, since, since ? join_.owner().reader() : 0);
  index_ = found_.index;
  // What would fill half of the outbox could close the connection, again and again.
  if (bytes_of(found_.missed) > join_.owner().via().options().max_outbox_bytes / 2) {
    auto now = store().join(join_.topic(), bounds_, std::nullopt, 0);
    store().leave(join_.topic());
    found_ = std::move(now);
    index_ = found_.index;
  }
  ahead_ = std::move(found_.ahead);
  read_ = std::move(found_.read);
  if (found_.recovered && read_.empty())
    read_.push_back({}); // it follows all publishers
  if (!ahead_.empty())
    until_ = store().now() + remembered_for(bounds_);
}

void join_history::end() {
  if (std::exchange(has_begun_, false))
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
  if (tells_apart_)
    join_.owner().tell_position(join_.topic(), found.position);
  for (const auto& x : found.missed)
    join_.pass(*x);
}

bool join_history::is_special(const broadcast& x) const noexcept {
  return !ahead_.empty() || x.is_old() || (x.place->index != 0 && x.place->index <= index_);
}

broadcast_ptr join_history::placed_for_client(const broadcast& x) {
  const auto& at = *x.place;
  if (at.index != 0 && at.index <= index_)
    return nullptr;
  if (store().now() >= until_)
    ahead_.clear();
  if (at.is_old && read_.empty()) // the client has joined anew
    return nullptr;
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
  return with_excess(x, ahead_, [&] { return write_position(topic_hash(x.topic), read_); });
}

} // namespace bennu::engine
