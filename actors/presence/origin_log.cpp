#include "actors/presence/origin_log.hpp"

#include <array>
#include <charconv>

namespace bennu::engine {

namespace {

size_t footprint(const presence_op& op) noexcept {
  const auto& x = op.entry;
  return sizeof(op) + x.topic.size() + x.key.size() + x.meta.body.bytes().size() + x.meta.ref.size()
         + x.meta.prev.size();
}

void append_base36(std::string& out, uint64_t number) {
  std::array<char, 16> buffer;
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, 36).ptr);
}

} // namespace

origin_log::origin_log(uint64_t incarnation, origin_log_limits limits) : incarnation_(incarnation), limits_(limits) {}

const presence_op& origin_log::join(presence_topic topic, presence_key key, const payload& meta) {
  presence_entry entry{seq_ + 1, std::move(topic), std::move(key), presence_meta::make(meta, next_ref())};
  digest_ += presence_fingerprint(entry);
  entries_.emplace(entry.id, entry);
  return append(presence_op::kind::join, std::move(entry));
}

const presence_op* origin_log::update(uint64_t id, const payload& meta) {
  const auto pos = entries_.find(id);
  if (pos == entries_.end())
    return nullptr;
  auto& entry = pos->second;
  auto renewed = presence_meta::make(meta, next_ref(), entry.meta.ref);
  digest_ -= presence_fingerprint(entry);
  entry.meta = renewed;
  digest_ += presence_fingerprint(entry);
  return &append(presence_op::kind::update, {id, {}, {}, std::move(renewed)});
}

const presence_op* origin_log::leave(uint64_t id) {
  const auto pos = entries_.find(id);
  if (pos == entries_.end())
    return nullptr;
  digest_ -= presence_fingerprint(pos->second);
  entries_.erase(pos);
  return &append(presence_op::kind::leave, {id, {}, {}, {}});
}

std::optional<std::vector<presence_op>> origin_log::since(uint64_t applied) const {
  const auto oldest = seq_ - ring_.size(); // the last op that is no longer in the ring
  if (applied < oldest || applied > seq_)
    return std::nullopt;
  const auto first = ring_.begin() + static_cast<std::ptrdiff_t>(applied - oldest);
  return std::vector<presence_op>(first, ring_.end());
}

presence_snapshot origin_log::snapshot() const {
  presence_snapshot result{seq_, {}};
  result.entries.reserve(entries_.size());
  for (const auto& [id, entry] : entries_)
    result.entries.push_back(entry);
  return result;
}

void origin_log::trim(uint64_t applied) {
  while (!ring_.empty() && ring_.front().seq <= applied)
    drop_oldest();
}

const presence_op& origin_log::append(presence_op::kind what, presence_entry entry) {
  ring_.push_back({++seq_, what, std::move(entry)});
  ring_bytes_ += footprint(ring_.back());
  // The newest always stays: it is what the caller is about to send.
  while (ring_.size() > 1 && (ring_.size() > limits_.max_ops || ring_bytes_ > limits_.max_bytes))
    drop_oldest();
  return ring_.back();
}

std::string origin_log::next_ref() const {
  std::string result;
  append_base36(result, incarnation_);
  result += '-';
  append_base36(result, seq_ + 1);
  return result;
}

void origin_log::drop_oldest() {
  ring_bytes_ -= footprint(ring_.front());
  ring_.pop_front();
}

origin_mirror::result origin_mirror::apply(std::span<const presence_op> ops, presence_changes& out) {
  for (const auto& op : ops) {
    if (op.seq <= applied_)
      continue;
    if (broken_ || op.seq != applied_ + 1)
      return result::gap;
    if (!apply_one(op, out)) {
      broken_ = true;
      return result::gap;
    }
    applied_ = op.seq;
  }
  return broken_ ? result::gap : result::applied;
}

void origin_mirror::apply(const presence_snapshot& snapshot, presence_changes& out) {
  if (snapshot.seq < applied_ && !broken_)
    return;
  std::map<uint64_t, const presence_entry*> wanted;
  for (const auto& entry : snapshot.entries)
    wanted.emplace(entry.id, &entry);
  for (auto pos = entries_.begin(); pos != entries_.end();) {
    const auto current = pos++;
    const auto match = wanted.find(current->first);
    if (match == wanted.end() || *match->second != current->second)
      remove(current, out);
  }
  for (const auto& [id, entry] : wanted)
    if (!entries_.contains(id))
      insert(*entry, out);
  applied_ = snapshot.seq;
  broken_ = false;
}

void origin_mirror::all_left(presence_changes& out) const {
  for (const auto& [id, entry] : entries_)
    report(false, entry, out);
}

void origin_mirror::all_joined(presence_changes& out) const {
  for (const auto& [id, entry] : entries_)
    report(true, entry, out);
}

bool origin_mirror::apply_one(const presence_op& op, presence_changes& out) {
  const auto pos = entries_.find(op.entry.id);
  if ((pos == entries_.end()) != (op.what == presence_op::kind::join))
    return false;
  if (op.what == presence_op::kind::join) {
    insert(op.entry, out);
    return true;
  }
  auto renewed = pos->second;
  remove(pos, out);
  if (op.what == presence_op::kind::update) {
    renewed.meta = op.entry.meta;
    insert(renewed, out);
  }
  return true;
}

void origin_mirror::insert(const presence_entry& entry, presence_changes& out) {
  digest_ += presence_fingerprint(entry);
  report(true, entries_.emplace(entry.id, entry).first->second, out);
}

void origin_mirror::remove(std::map<uint64_t, presence_entry>::iterator pos, presence_changes& out) {
  digest_ -= presence_fingerprint(pos->second);
  report(false, pos->second, out);
  entries_.erase(pos);
}

void origin_mirror::report(bool joined, const presence_entry& entry, presence_changes& out) const {
  out.push_back({joined, {number_, entry.id}, entry.topic, entry.key, entry.meta, 0});
}

} // namespace bennu::engine
