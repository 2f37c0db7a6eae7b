#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/link/link.hpp"

namespace bennu::engine {

/// The blocks that wait for one peer, bounded in bytes, and how they are packed into bodies of frames: as many as fit into one, and a
/// large block in pieces.
///
/// Thread safety: none; a value.
class link_queue {
public:
  /// 32 MiB for each peer: two of the largest blocks, or about three seconds of 100,000 broadcasts of 100 bytes.
  static constexpr std::size_t default_cap = std::size_t{32} << 20;

  explicit link_queue(std::size_t cap = default_cap) : cap_(cap) {}

  /// Adds a block behind the others.
  /// @param in_flight bytes that were taken and are not acknowledged: they count against the cap
  /// @returns false when the cap would be passed, or the block is larger than `cluster_link::max_block`
  bool push(link_bytes block, std::size_t in_flight);

  /// The next body, at most `max_link_body`; empty when nothing waits.
  /// @param blocks is set to the number of blocks whose last piece is in it
  std::string take(std::size_t& blocks);

  /// @returns how many blocks there were, a begun one included
  std::size_t clear();

  bool empty() const noexcept { return blocks_.empty(); }

  /// Blocks that wait, a begun one included.
  std::size_t blocks() const noexcept { return blocks_.size(); }

  /// Bytes that wait.
  std::size_t bytes() const noexcept { return bytes_; }

private:
  std::size_t cap_;
  std::size_t bytes_ = 0;
  std::size_t offset_ = 0; // of the first block: what went already
  std::deque<link_bytes> blocks_;
};

/// The other end: bodies in, blocks out.
///
/// Thread safety: none; a value.
class link_assembly {
public:
  /// Adds the blocks that the body completes to `to`.
  /// @returns false when it is not a body, or the block that it continues is larger than `cluster_link::max_block`
  bool add(std::string_view body, std::vector<link_bytes>& to);

  void clear() { begun_.clear(); }

private:
  std::string begun_;
};

} // namespace bennu::engine
