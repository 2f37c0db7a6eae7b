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
/// instead, and say why.
enum class greeting_kind : std::uint8_t { hello = 1, offer = 2, answer = 3, refuse = 4 };

struct greeting {
  greeting_kind kind = greeting_kind::hello;
  std::uint8_t protocol = 1;
  peer who{};                ///< hello: the sender
  std::string application{}; ///< hello
  bool yes = false;          ///< offer: a connection exists already; answer: this one is to be used
  std::string why{};         ///< refuse

  friend bool operator==(const greeting&, const greeting&) = default;
};

/// Magic, kind, and the length of what follows.
constexpr std::size_t greeting_head_size = 7;

/// The longest greeting; read before anything is known of the other side, so small.
constexpr std::size_t max_greeting = 512;

/// The only protocol there is. Nodes of another one are refused.
constexpr std::uint8_t cluster_protocol = 1;

std::string encode(const greeting& what);

/// The length of the greeting that begins with this head (of `greeting_head_size`).
/// @returns nothing when it is none, or longer than `max_greeting`
std::optional<std::size_t> greeting_size(std::string_view head);

/// @returns nothing when it is no greeting
std::optional<greeting> decode_greeting(std::string_view head, std::string_view body);

} // namespace bennu::engine
