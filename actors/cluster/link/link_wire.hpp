#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <caf/meta/type_name.hpp>

namespace bennu::engine {

/// The kind of a frame between two nodes. The numbers never change their meaning. A node counts and ignores kinds
/// that it does not know.
enum class link_kind : uint8_t {
  hello = 1, ///< identifies the sender and the session; not part of the sequence
  beat = 2,  ///< a heartbeat
  data = 3,  ///< blocks, see `link_queue`
  ack = 4,   ///< only the acknowledgement that every frame has; not part of the sequence
  news = 5,  ///< a message of the membership to its peers; not part of the sequence
};

/// The header of every frame.
struct link_head {
  link_kind kind = link_kind::hello;
  uint8_t version = 1;
  std::string name;         ///< the sender's
  uint64_t incarnation = 0; ///< the sender's
  uint64_t mine = 0;        ///< the sender's number of the session; it increases
  uint64_t yours = 0;       ///< the receiver's number of the session, if the sender knows it, else 0
  uint64_t seq = 0;         ///< position of a beat or of data in the session, from 1
  uint64_t ack = 0;         ///< the last seq of the other side that has arrived

  friend bool operator==(const link_head&, const link_head&) = default;
};

/// The longest name of a node. It must fit into the common name of a certificate (RFC 5280, ub-common-name).
constexpr size_t max_node_name = 64;

/// The longest body of a frame. Larger blocks travel in pieces, so that heartbeats can pass between them. At 1 MB/s
/// one piece takes a quarter of a second.
constexpr size_t max_link_body = size_t{256} << 10;

std::string encode(const link_head& head);

/// @returns nothing when it is malformed or has no name. The kind may be one that this version does not know.
std::optional<link_head> decode_link_head(std::string_view bytes);

/// A frame as a CAF message. BASP, CAF's protocol, transports it.
struct link_message {
  std::string head;
  std::string body;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, link_message& x) {
  return f(caf::meta::type_name("bennu.link_packet"), x.head, x.body);
}

} // namespace bennu::engine
