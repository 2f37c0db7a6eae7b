#include "actors/presence/origin_mirror.hpp"

namespace bennu::engine {

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
