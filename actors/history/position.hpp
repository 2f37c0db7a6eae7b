#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/actors/checked_text.hpp>

namespace bennu::engine {

/// The rule for a position that a client sends. Positions of this server are base64, so that JSON holds them unchanged.
inline constexpr text_rule position_rule{.name = "a position", .max_bytes = 64};
using history_position = checked_text<position_rule>;

/// A number that identifies one life of a node in the whole cluster: a hash of its name and incarnation.
using life_id = uint64_t;
life_id life_of(std::string_view node, uint64_t incarnation) noexcept;

/// The same for a topic.
uint64_t topic_hash(std::string_view topic) noexcept;

/// How far somebody has read what one life of a node published on a topic: all messages up to this one.
struct history_mark {
  life_id life = 0;
  uint64_t seq = 0;
  bool is_start = false; ///< the life had published nothing on the topic so far

  friend bool operator==(const history_mark&, const history_mark&) = default;
};

/// A short name of a life within a topic. Two lives may have the same one, so that a position also has a check.
uint16_t mark_name(uint64_t topic, life_id life) noexcept;

/// A checksum over whole lives and numbers. It differs between topics. `others` are the floors (see `known_lives`) of
/// the lives that the position does not name, in any order; those that are 0 do not count.
uint32_t mark_check(uint64_t topic, std::span<const history_mark> marks,
                    std::span<const history_mark> others = {}) noexcept;

/// The text of a position that consists of these marks: what a client sends back as `since`. It begins with `@` and
/// has at most 64 bytes. `others` are the floors of other lives: the position is honoured only where they are the same.
/// @returns an empty text when there are too many marks; eight fit.
std::string write_position(uint64_t topic, std::span<const history_mark> marks,
                           std::span<const history_mark> others = {});

/// The text of a position that only the node of `life` can read: the number of a message in the node's own order.
std::string write_local_position(uint64_t topic, life_id life, uint64_t index);

/// Why a position is not honoured.
enum class history_refusal : uint8_t {
  none,          ///< It is honoured.
  invalid,       ///< It is no position of this cluster.
  unknown_life,  ///< It names a life of a node that is not known here.
  forgotten,     ///< It is of another topic, or a log was forgotten since, or a life unknown here has published.
  too_old,       ///< What follows it has left the history because of its age.
  evicted,       ///< What follows it has left the history because of a bound.
  gap,           ///< What follows it was lost before it reached this node.
  not_caught_up, ///< Unknown or forgotten, on a node that could not get the histories of the others since it started.
  too_large,     ///< What follows it does not fit into the outbox of the client.
};
constexpr size_t history_refusal_count = 9;

/// The word for a reason, such as `too_old`, as metrics and telemetry tell it.
std::string_view to_string(history_refusal x) noexcept;

/// What a text says, as far as it can be read without knowing the lives.
struct written_position {
  struct mark {
    uint16_t name = 0;
    uint64_t seq = 0;
    bool is_start = false;
  };
  uint32_t check = 0;
  bool is_local = false;
  life_id life = 0;          ///< of a local position
  uint64_t index = 0;        ///< of a local position
  std::vector<mark> marks{}; ///< of any other
};

/// @returns nothing when the text is no position.
std::optional<written_position> read_position(std::string_view text);

} // namespace bennu::engine
