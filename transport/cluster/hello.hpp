#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/cluster/link/link.hpp"

namespace bennu::engine {

/// What two nodes say to each other before CAF's distributed messaging has the connection: who they are, and which of several connections
/// they keep. Both say `hello`; the node with the smaller name then makes an `offer`, and the other gives an `answer`. Either may `refuse`
/// instead, and say why. A greeting of any other kind is from a later release, and is skipped.
///
/// On the wire: "BNNU", the kind in a byte, the size of the rest in two bytes (little endian), then the rest: a byte (of a hello the lowest
/// protocol that it speaks), and for a hello its name, its incarnation in eight bytes, its application and the highest protocol; for an offer
/// and an answer a byte that is 1 for yes; for a refusal its reason. A text has its size in a byte before it. What a later release adds
/// comes behind and is skipped.
enum class greeting_kind : std::uint8_t { hello = 1, offer = 2, answer = 3, refuse = 4 };

/// The versions of the protocol between nodes that a node speaks, both ends included. A release that changes what old nodes would
/// misread raises `highest` and goes on to speak the former one, so that a cluster is upgraded node by node; a later release raises `lowest`.
struct protocol_range {
  std::uint8_t lowest = 1;
  std::uint8_t highest = 1;

  friend bool operator==(const protocol_range&, const protocol_range&) = default;
};

/// What this release speaks. What does not need a version of its own: kinds of frames, parcels and greetings that old nodes skip, and fields
/// behind those that they read.
constexpr protocol_range spoken_protocols{};

/// The highest version that both speak; nothing when there is none.
std::optional<std::uint8_t> common_protocol(protocol_range a, protocol_range b) noexcept;

struct greeting {
  greeting_kind kind = greeting_kind::hello;
  protocol_range protocols = spoken_protocols; ///< hello
  peer who{};                                  ///< hello: the sender
  std::string application{};                   ///< hello
  bool yes = false;                            ///< offer: a connection exists already; answer: this one is to be used
  std::string why{};                           ///< refuse

  friend bool operator==(const greeting&, const greeting&) = default;
};

/// Magic, kind, and the length of what follows.
constexpr std::size_t greeting_head_size = 7;

/// The longest greeting; read before anything is known of the other side, so small.
constexpr std::size_t max_greeting = 512;

constexpr bool is_known(greeting_kind x) noexcept {
  return x >= greeting_kind::hello && x <= greeting_kind::refuse;
}

std::string encode(const greeting& what);

/// The length of the greeting that begins with this head (of `greeting_head_size`).
/// @returns nothing when it is none, or longer than `max_greeting`
std::optional<std::size_t> greeting_size(std::string_view head);

/// @returns nothing when it is no greeting
std::optional<greeting> decode_greeting(std::string_view head, std::string_view body);

} // namespace bennu::engine
