#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/actors/checked_text.hpp>
#include <bennu/actors/payload.hpp>
#include <bennu/actors/presence_options.hpp>

namespace bennu::engine {

/// The topic of a presence. Control characters are allowed, as in any topic. The bound keeps an entry far below the
/// largest block between nodes: an entry over it could never be told.
inline constexpr text_rule presence_topic_rule{
  .name = "the topic of a presence", .max_bytes = max_presence_topic_bytes, .may_have_controls = true};
using presence_topic = checked_text<presence_topic_rule>;

inline constexpr text_rule presence_key_rule{.name = "the key of a presence", .max_bytes = max_presence_key_bytes};
using presence_key = checked_text<presence_key_rule>;

/// An application's meta of a presence, with the refs that distinguish its versions.
struct presence_meta {
  payload body;     ///< a JSON object without `phx_ref` and `phx_ref_prev`
  std::string ref;  ///< `phx_ref`: unique among all nodes and times
  std::string prev; ///< `phx_ref_prev`: the ref that an update replaced; empty for none

  /// The meta of an application's value.
  /// @throws std::invalid_argument if `value` is not a JSON object, or has more than `max_presence_meta_bytes`.
  static presence_meta make(const payload& value, std::string ref, std::string prev = {});

  friend bool operator==(const presence_meta&, const presence_meta&) = default;
};

/// One presence, for example of a channel, under a key of a topic. A key has one for each open tab.
struct presence_entry {
  uint64_t id = 0; ///< unique within its origin and never used again: the number of the op that made it
  presence_topic topic;
  presence_key key;
  presence_meta meta;

  friend bool operator==(const presence_entry&, const presence_entry&) = default;
};

/// One step in the history of an origin.
struct presence_op {
  enum class kind : uint8_t { join, update, leave };

  uint64_t seq = 0; ///< 1, 2, 3 … without gaps
  kind what = kind::join;
  presence_entry entry; ///< an update uses its id and meta, a leave its id

  friend bool operator==(const presence_op&, const presence_op&) = default;
};

/// All presences of an origin after its op `seq`.
struct presence_snapshot {
  uint64_t seq = 0;
  std::vector<presence_entry> entries; ///< by ascending id
};

/// Identifies one presence among those of all nodes: `origin` is a number that this node gave to the other's
/// incarnation.
struct presence_source {
  uint32_t origin = 0;
  uint64_t id = 0;

  friend auto operator<=>(const presence_source&, const presence_source&) = default;
};

/// A presence became visible or vanished on this node. An update is a leave of the old and a join
/// of the new.
struct presence_change {
  bool joined = false;
  presence_source source;
  presence_topic topic;
  presence_key key;
  presence_meta meta;
  uint64_t told_to = 0; ///< the number of the client that was told at once, by its channel; 0: none
};

using presence_changes = std::vector<presence_change>;

/// A number for one entry; the sum over a set tells sets apart (by accident equal once in 2^64).
uint64_t presence_fingerprint(const presence_entry& entry) noexcept;

/// The metas of each key, in order of arrival.
using presence_groups = std::map<std::string_view, std::vector<const presence_meta*>>;

/// Appends `{"metas": [{…, "phx_ref": …, "phx_ref_prev": …}, …]}`.
void append_metas(std::string& out, const std::vector<const presence_meta*>& metas);

/// Appends `{key: {"metas": […]}, …}`.
void append_groups(std::string& out, const presence_groups& groups);

} // namespace bennu::engine
