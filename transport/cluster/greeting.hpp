#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/cluster/link/link.hpp"

namespace bennu::engine {

/// The greetings that two nodes exchange before CAF's distributed messaging gets the connection: who they are, and
/// which of several connections they keep. Both send `hello`. The node whose name sorts first then sends an `offer`,
/// and the other one an `answer`. Either may send `refuse` with a reason instead. Greetings of other kinds come from
/// later releases and are skipped.
///
/// On the wire: "BNNU", the kind in one byte, the size of the rest in two bytes (little endian), then the rest. It
/// begins with one byte (in a hello the lowest protocol that the node supports). A hello has the name, the
/// incarnation in eight bytes, the application and the highest protocol. An offer and an answer have a byte that is 1
/// for yes. A refusal has its reason. A text has its size in one byte before it. Fields that a later release appends
/// are skipped.
enum class greeting_kind : uint8_t { hello = 1, offer = 2, answer = 3, refuse = 4 };

/// The range of versions of the protocol between nodes that a node supports. A release with an incompatible change
/// raises `highest` and still supports the version before, so that a cluster can be upgraded node by node. A later
/// release raises `lowest`.
struct protocol_range {
  uint8_t lowest = 1;
  uint8_t highest = 1;

  friend bool operator==(const protocol_range&, const protocol_range&) = default;
};

/// The range of this release. New kinds of frames, parcels and greetings, and new fields at the end, need no new
/// version, because old nodes skip them.
constexpr protocol_range spoken_protocols{};

/// The highest version that both support; nothing when there is none.
std::optional<uint8_t> common_protocol(protocol_range a, protocol_range b) noexcept;

struct greeting {
  greeting_kind kind = greeting_kind::hello;
  protocol_range protocols = spoken_protocols; ///< hello
  peer who{};                                  ///< hello: the sender
  std::string application{};                   ///< hello
  bool yes = false;                            ///< offer: a connection exists already; answer: use this one
  std::string why{};                           ///< refuse

  friend bool operator==(const greeting&, const greeting&) = default;
};

/// Magic, kind, and the size of the rest.
constexpr size_t greeting_head_size = 7;

/// The longest greeting. Small, because it is read before the other side is known.
constexpr size_t max_greeting = 512;

constexpr bool is_known(greeting_kind x) noexcept {
  return x >= greeting_kind::hello && x <= greeting_kind::refuse;
}

std::string encode(const greeting& what);

/// The size of the greeting with this head (of `greeting_head_size` bytes).
/// @returns nothing when it is malformed or longer than `max_greeting`
std::optional<size_t> greeting_size(std::string_view head);

/// @returns nothing when it is malformed
std::optional<greeting> decode_greeting(std::string_view head, std::string_view body);

} // namespace bennu::engine
