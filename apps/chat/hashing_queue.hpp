#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include <bennu/supervision/blocking_pool.hpp>

namespace chat {

enum class hashing_work : uint8_t { sign_in, sign_up };

/// What waits for the thread that hashes passwords: sign-ins first, so that a flood of new accounts keeps nobody out.
///
/// A hash takes 64 MiB and tens of milliseconds of a core: one at a time leaves the rest to the chat. Work that finds
/// its queue full, and work that waits when the pool stops, is dropped: what it holds (see `question`) tells whoever
/// asked.
/// Thread safety: any thread.
class hashing_queue {
public:
  /// 100 sign-ins wait for 5 s at 50 ms each; a sign-up is refused sooner, since it has no right to hurry.
  struct limits {
    size_t sign_ins = 100;
    size_t sign_ups = 20;
  };

  hashing_queue() : hashing_queue(limits{}) {}
  explicit hashing_queue(limits most);

  void run(hashing_work kind, std::function<void()> work) const;

  bennu::child_spec supervised() const { return thread_.supervised("password hashing"); }

private:
  struct waiting;
  class turn;

  std::shared_ptr<waiting> waiting_;
  bennu::blocking_pool thread_;
};

} // namespace chat
