#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <caf/meta/type_name.hpp>

namespace bennu::engine {

/// Appends the fields of which blocks between nodes consist: numbers with seven bits per byte, lowest first (LEB128),
/// and texts that follow their size.
class field_writer {
public:
  explicit field_writer(std::string& out) noexcept : out_(out) {}

  field_writer& number(uint64_t x) {
    for (; x >= 0x80; x >>= 7)
      out_ += static_cast<char>(x | 0x80);
    out_ += static_cast<char>(x);
    return *this;
  }

  field_writer& text(std::string_view x) {
    number(x.size());
    out_ += x;
    return *this;
  }

private:
  std::string& out_;
};

/// Reads fields. A field that is missing or incomplete yields zero or an empty view and makes `failed()` true for
/// good, so that a parser checks once at its end.
class field_reader {
public:
  explicit field_reader(std::string_view in) noexcept : in_(in) {}

  uint64_t number() noexcept {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 64 && !in_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      const auto digit = static_cast<uint64_t>(byte & 0x7F);
      if (shift == 63 && digit > 1)
        break;
      result |= digit << shift;
      if (byte < 0x80)
        return result;
    }
    return fail(), 0;
  }

  std::string_view text() noexcept {
    const auto size = number();
    if (size > in_.size())
      return fail(), std::string_view{};
    const auto result = in_.substr(0, size);
    in_.remove_prefix(size);
    return result;
  }

  /// Whether all bytes are read.
  bool done() const noexcept { return in_.empty(); }
  bool failed() const noexcept { return failed_; }

  /// The number of unread bytes. An element takes at least one byte, so that no list can have more elements.
  size_t rest() const noexcept { return in_.size(); }

  void fail() noexcept {
    failed_ = true;
    in_ = {};
  }

private:
  std::string_view in_;
  bool failed_ = false;
};

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
struct link_packet {
  std::string head;
  std::string body;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, link_packet& x) {
  return f(caf::meta::type_name("bennu.link_packet"), x.head, x.body);
}

} // namespace bennu::engine
