#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "actors/presence/message.hpp"
#include "actors/presence/origin_mirror.hpp"
#include <bennu/actors/presence_options.hpp>

namespace bennu::engine {

/// One life of another node as its presences are seen from here: a mirror, and whether it is shown.
///
/// Invariants
/// 1. What was handed out as changes, played in order, is the mirror's entries while it is shown, and nothing while it is hidden.
/// 2. It is shown when it is connected and has caught up once, and until it was disconnected for the grace time.
///
/// A plain value; not thread-safe.
class remote_origin {
public:
  using time_point = std::chrono::steady_clock::time_point;

  remote_origin(uint64_t incarnation, uint32_t number, const presence_options& options)
    : incarnation_(incarnation), options_(options), mirror_(number) {}

  uint64_t incarnation() const noexcept { return incarnation_; }
  bool connected() const noexcept { return connected_; }

  /// How many of the ops that it is known to have made are not in the mirror.
  uint64_t behind() const noexcept { return announced_ > mirror_.applied() ? announced_ - mirror_.applied() : 0; }
  const origin_mirror& mirror() const noexcept { return mirror_; }

  /// @returns what must be asked of it: it may have said what it has before we listened.
  presence_want up();
  void down(time_point now);

  /// Takes what the origin says of itself. @returns what must be asked of it, if anything.
  std::optional<presence_want> receive(const presence_digest& x, presence_changes& out);
  std::optional<presence_want> receive(const presence_ops& x, presence_changes& out);
  std::optional<presence_want> receive(const presence_part& x, presence_changes& out);

  /// Its entries leave now.
  void hide(presence_changes& out);

  /// Lets time pass: hides what is disconnected for the grace time.
  /// @returns whether it may be forgotten.
  bool expire(time_point now, presence_changes& out);

  /// When `expire` will next have something to do; none while connected.
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
  bool asked_ = false; ///< a want is on its way: what does not fit meanwhile is no news
  time_point down_since_;
  uint64_t announced_ = 0;  ///< the last op that it said it has made
  presence_snapshot parts_; ///< the snapshot that is coming in
  uint32_t parts_taken_ = 0;
};

} // namespace bennu::engine
