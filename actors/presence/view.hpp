#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/presence/batch.hpp"
#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// The presences that are visible on this node, by topic. `presence_state` and `list` are answered from it.
///
/// Invariant: the changes of one source alternate between join and leave; anything else is a programming error. A
/// plain value. Thread safety: none.
class presence_view {
public:
  /// @throws std::logic_error if a source joins twice or leaves without having joined.
  void apply(const presence_change& change);

  /// Phoenix's `presence_state`: `{key: {"metas": [meta, …]}, …}`.
  payload state(std::string_view topic) const;

  /// The presences of one key: `{"metas": […]}`; `{}` when the key is absent.
  payload by_key(std::string_view topic, std::string_view key) const;

  /// How many presences a topic has.
  size_t size(std::string_view topic) const;

  bool empty() const noexcept { return topics_.empty(); }

  /// The bytes of all presences, about: each with its texts, and its topic once.
  size_t footprint() const noexcept { return bytes_; }

  /// Calls `f(topic, presences)` for the topics of the next `step` buckets of the table from `bucket` on, and moves
  /// `bucket`. @returns false at the end. Topics that come or go between two calls may be missed, or seen twice.
  template <class F>
  bool each_topic(size_t& bucket, size_t step, F f) const {
    for (const auto end = std::min(topics_.bucket_count(), bucket + step); bucket < end; ++bucket)
      for (auto x = topics_.begin(bucket); x != topics_.end(bucket); ++x)
        f(x->first, x->second.size());
    return bucket < topics_.bucket_count();
  }

  /// How many keys a topic has; nothing when it has more than `most` presences, which are not counted.
  std::optional<size_t> key_count(std::string_view topic, size_t most) const;

private:
  struct shown {
    std::string key;
    presence_meta meta;
  };
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using members = std::map<presence_source, shown>;

  static size_t footprint_of(const shown& x) noexcept;
  const members* find(std::string_view topic) const;

  std::unordered_map<std::string, members, hash, std::equal_to<>> topics_; // no topic in it is empty
  size_t bytes_ = 0;
};

/// Collects changes for a short time, so that the changes of a thousand presences reach each client as one message
/// per topic.
///
/// A client that asks for the list meanwhile sees some changes before their diff arrives. So every join must be sent:
/// when a presence that joined within the window leaves, a second diff with the leave follows the one with the join, as
/// in Phoenix, where every change is a separate diff. Only a leave that is followed by the same presence again (a link
/// that was lost for a moment) cancels out.
///
/// A plain value. Thread safety: none.
class presence_window {
public:
  /// One topic's `presence_diff`: `{"joins": {…}, "leaves": {…}}`.
  struct diff {
    std::string topic;
    payload body;
    std::shared_ptr<presence_batch> batch; ///< the changes that it comes from
    size_t index = 0;                      ///< among the diffs of the batch
    size_t joins = 0;                      ///< the keys that join
    size_t leaves = 0;                     ///< the keys that leave
  };

  void add(presence_change change);

  /// The number of the last change, of any topic.
  uint64_t last() const noexcept { return last_; }

  /// Notes that a client sees the current state of the topic. @returns `last()`
  uint64_t listed(std::string_view topic);

  /// The diff of the changes in the topic after the change `number`; nothing when there is no diff, or more than one.
  std::optional<payload> diff_since(std::string_view topic, uint64_t number) const;

  /// Whether nothing has been added since the last flush.
  bool empty() const noexcept { return topics_.empty(); }

  /// Takes the diffs, by topic and in order. A topic whose changes cancel out is left out, unless it was listed
  /// meanwhile: then it has an empty diff, for clients that have seen a part of the changes.
  std::vector<diff> flush();

  /// The same for one topic.
  std::vector<diff> flush(std::string_view topic);

private:
  struct pending {
    std::vector<numbered_change> changes;
    bool is_listed = false;
  };

  static void append(std::vector<diff>& to, const std::string& topic, pending& x);

  uint64_t last_ = 0;
  std::map<std::string, pending, std::less<>> topics_;
};

} // namespace bennu::engine
