#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/uio.h>
#include <utility>
#include <vector>

#include "actors/client/session.hpp"
#include "actors/wire/frame.hpp"
#include "transport/io/connection_slot.hpp"
#include <bennu/actors/limits.hpp>

namespace bennu::engine {

/// The frames that wait for one client, in order. The bytes of data frames and of control frames are bounded. Control
/// frames are never dropped.
///
/// Invariants
/// 1. Frames leave in the order of the pushes. A frame that has left in part is never dropped.
/// 2. An empty queue has capacity for at most four frames, other queues for a few times their content.
///
/// Thread safety: none.
class outbound_queue {
public:
  /// @param max_bytes the bound for data frames; for control frames the same, but at most 1 MiB
  /// @param congested_at see `congested`
  outbound_queue(size_t max_bytes, overflow policy, size_t congested_at) noexcept
    : max_bytes_(max_bytes), congested_at_(congested_at), policy_(policy) {}
  outbound_queue(size_t max_bytes, overflow policy) noexcept : outbound_queue(max_bytes, policy, max_bytes / 8) {}

  /// Appends a data frame. Over the bound the policy decides.
  /// @returns false when the policy is `close` and the frame does not fit; then nothing has changed. While at most
  /// half of the bound is used, any frame fits, however large.
  bool push(frame_ptr x);

  /// True from the moment when more than `congested_at` bytes of data wait, until at most half of that wait. Meanwhile
  /// the requests of the client should wait. Always false for the policies that drop frames.
  bool congested() const noexcept { return congested_; }

  /// Appends a control frame.
  /// @returns false when it does not fit, with any policy: the client sends requests and does not read the replies.
  /// Then nothing has changed.
  bool push_control(frame_ptr x);

  /// Appends the last frame, which always fits.
  void push_last(frame_ptr x);

  bool empty() const noexcept { return first_ == entries_.size(); }

  /// The waiting bytes of data frames.
  size_t data_bytes() const noexcept { return data_bytes_; }

  /// From now on until the queue is empty, `charged_bytes` counts.
  void begin_charging() noexcept;

  /// The memory of the waiting frames, at most: as if none of them waited for other clients too.
  size_t charged_bytes() const noexcept { return charged_bytes_; }

  /// Counts `charged_bytes` anew: a frame that waits for several clients counts for each of them in part, so that it
  /// counts once in all.
  void recount() noexcept;

  /// The capacity in frames without another allocation, for memory accounting.
  size_t capacity() const noexcept { return entries_.capacity(); }

  /// How many frames the policy has dropped.
  size_t dropped() const noexcept { return dropped_; }

  /// Describes the next bytes to send in up to `into.size()` parts. @returns the number of parts.
  size_t fill(std::span<iovec> into) const noexcept;

  /// Removes the first `count` bytes, which have left.
  void consume(size_t count) noexcept;

  /// Takes out the first frames: as many as have `max_bytes` together, but one at least. REQUIRES: no part of the first
  /// one has left.
  std::vector<frame_ptr> take(size_t max_bytes);

  /// Drops all frames of which no part has left, also control frames.
  void drop_unsent() noexcept;

  void clear() noexcept;

private:
  struct entry {
    frame_ptr bytes;
    bool control;
    uint32_t charge = 0;
  };

  void append(entry x);
  void gauge() noexcept;
  void charge(entry& x, uint32_t owners = 1) noexcept;
  void discount(const entry& x) noexcept;
  void make_space(size_t for_bytes);

  std::vector<entry> entries_;
  size_t first_ = 0; ///< entries before it have left
  size_t sent_ = 0;  ///< how many bytes of the first entry have left
  size_t data_bytes_ = 0;
  size_t control_bytes_ = 0;
  size_t charged_bytes_ = 0;
  size_t max_bytes_;
  size_t congested_at_;
  size_t dropped_ = 0;
  overflow policy_;
  bool congested_ = false;
  bool charges_ = false;
};

/// The client of `to` does not read: drops all frames of which no part has left and closes the session with 1008.
inline void close_as_too_slow(outbound_queue& outbox, session& to, const caf::actor_system& system) {
  limit_hit(system, "outbox");
  outbox.drop_unsent();
  to.close(close_code::policy_violation, "too slow");
}

/// Queues `x` for the client of `to`. With the policy `overflow::close`, when `x` does not fit, the waiting frames
/// are dropped and the session is closed with 1008.
/// @returns whether `x` was queued.
inline bool push_or_close(frame_ptr x, outbound_queue& outbox, session& to, const caf::actor_system& system) {
  if (outbox.push(std::move(x)))
    return true;
  close_as_too_slow(outbox, to, system);
  return false;
}

/// The same for a control frame, which has no other policy.
inline bool push_control_or_close(frame_ptr x, outbound_queue& outbox, session& to, const caf::actor_system& system) {
  if (outbox.push_control(std::move(x)))
    return true;
  close_as_too_slow(outbox, to, system);
  return false;
}

} // namespace bennu::engine
