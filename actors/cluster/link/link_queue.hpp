#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/link/link.hpp"
#include <bennu/actors/link_options.hpp>

namespace bennu::engine {

/// What is lost when blocks are lost.
struct link_load {
  size_t blocks = 0;
  uint64_t broadcasts = 0; ///< the broadcasts in these blocks, which are not requested again

  link_load& operator+=(const link_load& x) noexcept {
    blocks += x.blocks;
    broadcasts += x.broadcasts;
    return *this;
  }
  link_load& operator-=(const link_load& x) noexcept {
    blocks -= x.blocks;
    broadcasts -= x.broadcasts;
    return *this;
  }
  friend bool operator==(const link_load&, const link_load&) = default;
};

/// The blocks that wait for one peer. Their bytes are bounded. They are packed into the bodies of frames: small
/// blocks share a body, a large block is split into pieces.
///
/// A plain value. Thread safety: none.
class link_queue {
public:
  explicit link_queue(size_t cap = link_options{}.max_queued_bytes) : cap_(cap) {}

  /// Appends a block.
  /// @param in_flight bytes that were taken and are not acknowledged yet; they count against the cap
  /// @param broadcasts how many there are in the block
  /// @returns false when the block would exceed the cap, or is larger than `cluster_link::max_block`
  bool push(link_block block, size_t in_flight, uint64_t broadcasts = 0);

  /// Takes the next body, of at most `max_link_body` bytes; empty when no block waits.
  /// @param load receives the blocks whose last piece is in the body
  std::string take(link_load& load);

  /// Drops all blocks.
  /// @returns what there was, including a block that was sent in part
  link_load clear();

  bool empty() const noexcept { return blocks_.empty(); }

  /// The number of waiting blocks, including one that was sent in part.
  size_t blocks() const noexcept { return blocks_.size(); }

  /// The number of waiting bytes.
  size_t bytes() const noexcept { return bytes_; }

private:
  size_t cap_;
  size_t bytes_ = 0;
  size_t offset_ = 0; // how much of the first block was taken already
  struct waiting {
    link_block bytes;
    uint64_t broadcasts = 0;
  };
  std::deque<waiting> blocks_;
};

/// The receiving end: takes bodies and yields blocks.
///
/// A plain value. Thread safety: none.
class link_assembly {
public:
  /// Appends the blocks that `body` completes to `to`.
  /// @returns false when it is malformed, or continues a block that is larger than `cluster_link::max_block`
  bool add(std::string_view body, std::vector<link_block>& to);

  void clear() { begun_.clear(); }

private:
  std::string begun_;
};

} // namespace bennu::engine
