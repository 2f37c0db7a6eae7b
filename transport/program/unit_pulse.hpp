#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace bennu::engine {

class io_scheduler;

/// Whether the io units still do their work: asks each of them for a sign of life, again and again.
///
/// Thread safety: one thread, that of the caller.
class unit_pulse {
public:
  /// `scheduler` outlives this.
  explicit unit_pulse(io_scheduler& scheduler) : scheduler_(scheduler) {}

  /// Whether every unit answered what was asked at the last call, and if so asks again. The first call is told yes.
  bool answers();

private:
  io_scheduler& scheduler_;
  std::shared_ptr<std::atomic<std::size_t>> missing_ = std::make_shared<std::atomic<std::size_t>>(0);
};

} // namespace bennu::engine
