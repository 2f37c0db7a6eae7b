#include "actors/history/topic_history.hpp"

#include <algorithm>
#include <utility>

#include <caf/make_counted.hpp>

namespace bennu::engine {

namespace {

// How many messages a client may be ahead of this node: it had them from another node, which is faster. More is no
// position of this cluster.
constexpr uint64_t max_ahead = 100'000;

uint64_t* find_mark(std::vector<history_mark>& in, life_id life) noexcept {
  const auto found = std::find_if(in.begin(), in.end(), [&](auto& x) { return x.life == life; });
  return found == in.end() ? nullptr : &found->seq;
}

const uint64_t* find_mark(const std::vector<history_mark>& in, life_id life) noexcept {
  return find_mark(const_cast<std::vector<history_mark>&>(in), life);
}

// Whether something is in `x` and not in `y`.
bool is_ahead(const std::vector<history_mark>& x, const std::vector<history_mark>& y) {
  return std::any_of(x.begin(), x.end(), [&](const history_mark& one) {
    const auto* seq = find_mark(y, one.life);
    return seq == nullptr || *seq < one.seq;
  });
}

} // namespace

topic_history::topic_history(std::string name, const history& bounds, life_id own, uint64_t index)
  : name_(std::move(name)), hash_(topic_hash(name_)), bounds_(bounds), own_(own), index_(index + 1),
    local_from_(index_) {}

size_t topic_history::footprint(const broadcast& x) noexcept {
  constexpr size_t around = sizeof(frame) + position_rule.max_bytes + 32; // quotes, commas, a header
  const auto content = x.topic.size() + x.event.size() + x.body.bytes().size();
  return sizeof(broadcast) + sizeof(history_place) + content + around + content;
}

history_record* topic_history::find(life_id life) noexcept {
  const auto found = std::find_if(records_.begin(), records_.end(), [&](auto& x) { return x.life == life; });
  return found == records_.end() ? nullptr : &*found;
}

const history_record* topic_history::find(life_id life) const noexcept {
  return const_cast<topic_history*>(this)->find(life);
}

history_record& topic_history::record_of(life_id life, uint64_t start) {
  if (auto* known = find(life))
    return *known;
  return records_.emplace_back(history_record{life, start, start, start, 0, {}});
}

bool topic_history::is_kept(const broadcast& x) const noexcept {
  const auto* log = find(x.place->life);
  return log != nullptr && x.place->seq > log->dropped;
}

// -- writing ------------------------------------------------------------------

broadcast_ptr topic_history::append(caf::intrusive_ptr<broadcast> x, const history_place& at,
                                    const known_lives& lives) {
  auto& log = record_of(at.life, at.start);
  if (at.seq != log.last + 1) {
    log.dropped = at.seq - 1;
    log.dropped_by = history_refusal::gap;
    local_from_ = ++index_;
  }
  log.last = at.seq;
  log.number = at.number;
  log.when = std::max(log.when, at.when);
  auto place = std::make_unique<history_place>();
  place->life = at.life;
  place->number = at.number;
  place->seq = at.seq;
  place->start = log.start;
  place->index = ++index_;
  place->sender = at.sender;
  place->is_old = at.is_old;
  place->when = at.when;
  place->position = position(lives);
  x->place = std::move(place);
  bytes_ += footprint(*x);
  return kept_.emplace_back(std::move(x));
}

void topic_history::skip(const history_record& to) {
  auto& log = record_of(to.life, to.start);
  if (to.last <= log.last)
    return;
  local_from_ = ++index_;
  log.dropped = log.last = to.last;
  log.dropped_by = history_refusal::gap;
  log.number = to.number;
  log.when = std::max(log.when, to.when);
}

broadcast_ptr topic_history::drop_excess() {
  return kept_.size() > bounds_.messages || bytes_ > bounds_.bytes ? drop_oldest() : nullptr;
}

broadcast_ptr topic_history::drop_old(time_point now) {
  return !kept_.empty() && kept_.front()->place->when + bounds_.age <= now ? drop_oldest(history_refusal::too_old)
                                                                           : nullptr;
}

broadcast_ptr topic_history::drop_oldest(history_refusal why) {
  if (kept_.empty())
    return nullptr;
  auto oldest = std::move(kept_.front());
  kept_.pop_front();
  bytes_ -= footprint(*oldest);
  dropped_by_ = why;
  auto& log = *find(oldest->place->life);
  if (log.dropped < oldest->place->seq) {
    log.dropped = oldest->place->seq;
    log.dropped_by = why;
  }
  return oldest;
}

std::vector<history_record> topic_history::forget(time_point before) {
  const auto is_over = [&](const history_record& x) {
    return x.is_empty() && x.when < before
           && std::none_of(kept_.begin(), kept_.end(), [&](auto& y) { return y->place->life == x.life; });
  };
  std::vector<history_record> result;
  for (auto i = records_.begin(); i != records_.end();) {
    if (!is_over(*i)) {
      ++i;
      continue;
    }
    result.push_back(*i);
    i = records_.erase(i);
  }
  return result;
}

void topic_history::forget_log(life_id life, const std::function<void(const broadcast&)>& drop) {
  local_from_ = ++index_;
  std::erase_if(records_, [&](const history_record& x) { return x.life == life; });
  for (const auto& x : kept_) {
    if (x->place->life != life)
      continue;
    bytes_ -= footprint(*x);
    drop(*x);
  }
  std::erase_if(kept_, [&](const broadcast_ptr& x) { return x->place->life == life; });
}

// -- positions ----------------------------------------------------------------

// A position always names this life of the node, so that it is not honoured after the loss of all that it had.
topic_history::marks topic_history::current(const known_lives& lives) const {
  marks result;
  result.reserve(records_.size() + 1);
  for (const auto& x : records_)
    result.push_back({x.life, x.last});
  if (find(own_) == nullptr) {
    const auto* floor = find_mark(lives, own_);
    result.push_back({own_, floor != nullptr ? *floor : 0, true});
  }
  return result;
}

// What somebody has read who has read everything before the first kept message.
topic_history::marks topic_history::before_kept() const {
  marks result;
  for (const auto& x : records_)
    result.push_back({x.life, x.last});
  for (auto i = kept_.rbegin(); i != kept_.rend(); ++i)
    *find_mark(result, (*i)->place->life) = (*i)->place->seq - 1;
  return result;
}

// A log that a position does not name was empty when it was written: it began at the floor. A second mark of a life,
// with `is_start`, says which message of all its topics was the newest one that was forgotten with this floor.
topic_history::marks topic_history::others(const marks& named, const known_lives& lives) const {
  marks result;
  for (const auto& x : lives) {
    if (find_mark(named, x.life) != nullptr)
      continue;
    const auto* log = find(x.life);
    if (x.is_start)
      result.push_back({~x.life, x.seq});
    else if (const auto floor = log != nullptr ? log->start : x.seq; floor != 0)
      result.push_back({x.life, floor});
  }
  return result;
}

std::string topic_history::text_of(marks x, const known_lives& lives) const {
  for (auto& one : x)
    if (const auto* log = find(one.life))
      one.is_start = one.seq == log->start;
  return write_position(hash_, x, others(x, lives));
}

void topic_history::raise(marks& in, life_id life, uint64_t seq) const {
  if (auto* known = find_mark(in, life))
    *known = std::max(*known, seq);
  else
    in.push_back({life, seq});
}

std::string topic_history::position(const known_lives& lives) const {
  auto text = text_of(current(lives), lives);
  return text.empty() ? write_local_position(hash_, own_, index_) : text;
}

topic_history::resolved topic_history::resolve_local(const written_position& text) const {
  const auto before = kept_.empty() ? index_ : kept_.front()->place->index - 1;
  if (text.index > index_ || text.check != mark_check(hash_, std::vector{history_mark{text.life, text.index}}))
    return text.life != own_ ? history_refusal::unknown_life : history_refusal::invalid;
  if (text.life != own_)
    return history_refusal::unknown_life;
  if (text.index < std::max(before, local_from_))
    return text.index < local_from_ ? history_refusal::gap : dropped_by_;
  auto result = before_kept();
  for (const auto& x : kept_)
    if (x->place->index <= text.index)
      *find_mark(result, x->place->life) = x->place->seq;
  return result;
}

topic_history::resolved topic_history::resolve(const history_position& text, const known_lives& lives) const {
  const auto written = read_position(text.str());
  if (!written)
    return history_refusal::invalid;
  if (written->is_local)
    return resolve_local(*written);
  marks result;
  for (const auto& x : written->marks) {
    std::optional<life_id> meant;
    const auto consider = [&](life_id life) {
      if (mark_name(hash_, life) == x.name)
        meant = meant.value_or(life) == life ? life : 0; // 0: two lives have this name
    };
    for (const auto& log : records_)
      consider(log.life);
    for (const auto& life : lives)
      consider(life.life);
    if (meant.value_or(0) == 0)
      return history_refusal::unknown_life;
    result.push_back({*meant, x.seq, x.is_start});
  }
  if (mark_check(hash_, result, others(result, lives)) != written->check)
    return history_refusal::forgotten;
  return result;
}

// Whether nothing is missing that somebody has not read who has read this. A log that the position does not name was
// empty when it was written: of it everything has to be there. Afterwards `read` names logs of this topic only, and
// what is ahead.
history_refusal topic_history::honours(marks& read, const known_lives& lives, marks& ahead) const {
  for (const auto& log : records_)
    if (find_mark(read, log.life) == nullptr && log.dropped > log.start)
      return log.dropped_by;
  for (const auto& x : read) {
    const auto* log = find(x.life);
    const auto* floor = find_mark(lives, x.life);
    const auto known_last = log != nullptr ? log->last : floor != nullptr ? *floor : 0;
    if (x.seq < (log != nullptr ? log->dropped : known_last))
      return log != nullptr ? log->dropped_by : history_refusal::forgotten;
    if (x.seq <= known_last)
      continue;
    if (x.life == own_ || x.seq - known_last > max_ahead)
      return history_refusal::invalid;
    ahead.push_back(x);
  }
  std::erase_if(read,
                [&](const history_mark& x) { return find(x.life) == nullptr && find_mark(ahead, x.life) == nullptr; });
  return history_refusal::none;
}

// A message whose own position would say too little, because this client has read something from another node that
// comes later here, gets a position of its own.
void topic_history::replay(marks& read, uint64_t reader, const known_lives& lives,
                           std::vector<broadcast_ptr>& to) const {
  auto delivered = before_kept(); // what a client has read that was here all the time
  for (const auto& x : kept_) {
    const auto& at = *x->place;
    *find_mark(delivered, at.life) = at.seq;
    const auto* seen = find_mark(read, at.life);
    if (!is_kept(*x) || (seen != nullptr && *seen >= at.seq))
      continue;
    raise(read, at.life, at.seq);
    if (at.sender != 0 && at.sender == reader)
      continue;
    if (!is_ahead(read, delivered)) {
      to.push_back(x);
      continue;
    }
    auto merged = delivered;
    for (const auto& one : read)
      raise(merged, one.life, one.seq);
    to.push_back(at_position(*x, text_of(std::move(merged), lives)));
  }
}

history_answer topic_history::answer(const std::optional<history_position>& since, uint64_t reader,
                                     const known_lives& lives) const {
  history_answer result{false, position(lives), index_, {}};
  if (!since)
    return result;
  auto found = resolve(*since, lives);
  auto* read = std::get_if<marks>(&found);
  result.refusal = read != nullptr ? honours(*read, lives, result.ahead) : std::get<history_refusal>(found);
  if (result.refusal != history_refusal::none) {
    result.ahead.clear();
    return result;
  }
  result.recovered = true;
  replay(*read, reader, lives, result.missed);
  if (result.ahead.empty())
    return result;
  result.read = current(lives);
  for (const auto& x : *read)
    raise(result.read, x.life, x.seq);
  result.others = others(result.read, lives);
  result.position = text_of(result.read, lives);
  if (result.position.empty())
    result.position = no_position;
  return result;
}

namespace {

broadcast_ptr copy_at(const broadcast& x, std::string position) {
  auto result = caf::make_counted<broadcast>(x.topic, x.event, x.body);
  auto place = std::make_unique<history_place>();
  place->life = x.place->life;
  place->seq = x.place->seq;
  place->index = x.place->index;
  place->when = x.place->when;
  place->position = std::move(position);
  result->place = std::move(place);
  return result;
}

} // namespace

broadcast_ptr at_position(const broadcast& x, std::string position) {
  std::lock_guard guard{x.place->mutex};
  auto& all = x.place->variants;
  if (position.empty() || all.size() >= max_variants)
    position = no_position;
  const auto known = std::find_if(all.begin(), all.end(), [&](auto& one) { return one->position() == position; });
  return known != all.end() ? *known : all.emplace_back(copy_at(x, std::move(position)));
}

broadcast_ptr gap_in(const std::string& topic, life_id life, uint64_t seq, uint64_t number, bool is_old) {
  auto result = caf::make_counted<broadcast>(topic, "gap", payload{});
  auto place = std::make_unique<history_place>();
  place->life = life;
  place->seq = seq;
  place->gap = number;
  place->is_old = is_old;
  result->place = std::move(place);
  return result;
}

} // namespace bennu::engine
