#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <caf/meta/type_name.hpp>

namespace bennu::engine {

/// What a frame between two nodes is for. Numbers are for ever; a kind that a node does not know it counts and ignores.
enum class link_kind : std::uint8_t {
  hello = 1, ///< who I am, and which session I mean; not part of the sequence
  beat = 2,  ///< I live
  data = 3,  ///< blocks, see `link_queue`
  ack = 4,   ///< nothing but the acknowledgement that every frame carries; not part of the sequence
  news = 5,  ///< what the membership tells its peers; not part of the sequence
};

/// What every frame says besides its body.
struct link_head {
  link_kind kind = link_kind::hello;
  std::uint8_t version = 1;
  std::string name;              ///< the sender's
  std::uint64_t incarnation = 0; ///< the sender's
  std::uint64_t mine = 0;        ///< the sender's number of the session; ascending
  std::uint64_t yours = 0;       ///< the receiver's, as the sender knows it; 0: not yet
  std::uint64_t seq = 0;         ///< position of a beat or of data in the session, from 1
  std::uint64_t ack = 0;         ///< the last seq of the other side that arrived

  friend bool operator==(const link_head&, const link_head&) = default;
};

/// The longest name of a node: what fits into the common name of a certificate (RFC 5280, ub-common-name).
constexpr std::size_t max_node_name = 64;

/// The longest body of a frame. Blocks that are larger travel in pieces, so that heartbeats pass between them: at 1 MB/s a quarter of
/// a second each.
constexpr std::size_t max_link_body = std::size_t{256} << 10;

std::string encode(const link_head& head);

/// @returns nothing when it is not a head, or names no node. A kind that is not known here is an ordinary number.
std::optional<link_head> decode_link_head(std::string_view bytes);

/// A frame as a CAF message: BASP carries it.
struct link_packet {
  std::string head;
  std::string body;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, link_packet& x) {
  return f(caf::meta::type_name("bennu.link_packet"), x.head, x.body);
}

} // namespace bennu::engine
