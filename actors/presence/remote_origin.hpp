#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "actors/presence/message.hpp"
#include "actors/presence/origin_log.hpp"
#include <bennu/actors/presence_options.hpp>

namespace bennu::engine {

/// The presences of one life of another node, as this node sees them: a mirror, and whether its entries are visible.
///
/// Invariants
/// 1. The changes that were handed out, applied in order, give the entries of the mirror while it is visible, and
///    nothing while it is hidden.
/// 2. It becomes visible when it is connected and has caught up once. It becomes hidden when it has been disconnected
///    for the grace time.
///
/// A plain value. Thread safety: none.
class remote_origin {
public:
  using time_point = std::chrono::steady_clock::time_point;

  remote_origin(uint64_t incarnation, uint32_t number, const presence_options& options)
    : incarnation_(incarnation), options_(options), mirror_(number) {}

  uint64_t incarnation() const noexcept { return incarnation_; }
  bool connected() const noexcept { return connected_; }

  /// How many ops of the origin are known to exist and are missing in the mirror.
  uint64_t behind() const noexcept { return announced_ > mirror_.applied() ? announced_ - mirror_.applied() : 0; }
  const origin_mirror& mirror() const noexcept { return mirror_; }

  /// The session has begun.
  /// @returns the request for missing ops: the origin may have sent its digest before this node listened.
  presence_want up();
  void down(time_point now);

  /// Takes a message of the origin.
  /// @returns a request for missing ops, if there are any.
  std::optional<presence_want> receive(const presence_digest& x, presence_changes& out);
  std::optional<presence_want> receive(const presence_ops& x, presence_changes& out);
  std::optional<presence_want> receive(const presence_part& x, presence_changes& out);

  /// Hides all entries now.
  void hide(presence_changes& out);

  /// Lets time pass: hides the entries when the origin has been disconnected for the grace time.
  /// @returns whether the origin may be forgotten.
  bool expire(time_point now, presence_changes& out);

  /// When `expire` must be called next; nothing while it is connected.
  std::optional<time_point> next_deadline() const;

private:
  void announced(uint64_t seq) noexcept { announced_ = std::max(announced_, seq); }
  void show(presence_changes& out);
  std::optional<presence_want> want();

  uint64_t incarnation_;
  presence_options options_;
  origin_mirror mirror_;
  bool connected_ = false;
  bool shown_ = false;
  bool asked_ = false; ///< a request is in flight; until its answer arrives, ops that do not fit are expected
  time_point down_since_;
  uint64_t announced_ = 0;  ///< the last op that the origin has announced
  presence_snapshot parts_; ///< the parts of the snapshot that is arriving
  uint32_t parts_taken_ = 0;
};

} // namespace bennu::engine
