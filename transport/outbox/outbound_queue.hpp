#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <sys/uio.h>

#include "actors/wire/frame.hpp"
#include <bennu/actors/limits.hpp>

namespace bennu::engine {

/// What one client has still to be sent: frames in order, data and control frames bounded in bytes, control frames never dropped.
///
/// Invariants
/// 1. Frames leave in the order of the pushes; one of which a part has left is never dropped.
/// 2. Holds room for at most four frames while it is empty, and for a few times what it holds otherwise.
///
/// Thread safety: none.
class outbound_queue {
public:
  /// @param max_bytes of data; of control frames as many, but no more than 1 MiB
  /// @param crowded_at see `crowded`
  outbound_queue(size_t max_bytes, overflow policy, size_t crowded_at) noexcept
    : max_bytes_(max_bytes), crowded_at_(crowded_at), policy_(policy) {}
  outbound_queue(size_t max_bytes, overflow policy) noexcept : outbound_queue(max_bytes, policy, max_bytes / 8) {}

  /// Appends a data frame. What happens over the bound is the policy's.
  /// @returns false when the policy is `close` and the frame does not fit: nothing was changed. While no more than half of the room is
  /// taken any frame fits, however large.
  bool push(frame_ptr x);

  /// True from the moment more than `crowded_at` bytes of data wait until no more than half of that do: what the client asks meanwhile had
  /// better wait. Never for the policies that drop.
  bool crowded() const noexcept { return crowded_; }

  /// Appends a control frame.
  /// @returns false when it does not fit, whatever the policy: the client asks and does not take the answers. Nothing was changed.
  bool push_control(frame_ptr x);

  /// Appends the frame that ends it all, for which there is always room.
  void push_last(frame_ptr x);

  bool empty() const noexcept { return first_ == entries_.size(); }

  /// Bytes of data that wait.
  size_t data_bytes() const noexcept { return data_bytes_; }

  /// Frames for which there is room without allocating, for accounting.
  size_t capacity() const noexcept { return entries_.capacity(); }

  /// Frames that the policy dropped.
  size_t dropped() const noexcept { return dropped_; }

  /// Describes the next bytes to leave in up to `into.size()` parts. @returns how many parts.
  size_t fill(std::span<iovec> into) const noexcept;

  /// `count` bytes have left.
  void consume(size_t count) noexcept;

  /// Takes out every frame. REQUIRES: nothing was consumed of the first one.
  std::vector<frame_ptr> take_all();

  /// Drops every frame of which nothing has left, control frames too.
  void drop_unsent() noexcept;

  void clear() noexcept;

private:
  struct entry {
    frame_ptr bytes;
    bool control;
  };

  void append(entry x);
  void gauge() noexcept;
  size_t& bytes_of(const entry& x) noexcept { return x.control ? control_bytes_ : data_bytes_; }
  void make_room(size_t for_bytes);

  std::vector<entry> entries_;
  size_t first_ = 0; ///< entries before it have left
  size_t sent_ = 0;  ///< bytes of the first entry that have left
  size_t data_bytes_ = 0;
  size_t control_bytes_ = 0;
  size_t max_bytes_;
  size_t crowded_at_;
  size_t dropped_ = 0;
  overflow policy_;
  bool crowded_ = false;
};

} // namespace bennu::engine
