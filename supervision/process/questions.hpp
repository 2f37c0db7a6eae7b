#pragma once

#include <atomic>
#include <memory>

#include "supervision/process/local_message.hpp"
#include <bennu/supervision/fault.hpp>

namespace bennu::engine {

/// Asks a process for `process::memory`, which answers `size_t`. A process that handles messages without a handler in
/// its own way (`set_default_handler`) answers something else, or nothing.
struct ask_memory {
  using local_message = void;
};

/// One pause of a process. As long as it lives, processes look for `pause_process` messages.
struct process_pause {
  process_pause() noexcept { fault_points::hold(); }
  ~process_pause() { fault_points::release(); }
  process_pause(const process_pause&) = delete;
  process_pause& operator=(const process_pause&) = delete;

  std::atomic<bool> is_over{false};
};

/// Begins a pause, or ends it: meanwhile the process handles nothing but exit signals, and what arrives waits in its
/// mailbox. A pause that is over already has no effect. The message that ends a pause needs ordinary priority, so that
/// what came before it is handled before what comes after it. OTP: `sys:suspend`, `sys:resume`.
struct pause_process {
  using local_message = void;
  bool begins = true;
  std::shared_ptr<process_pause> which;
};

} // namespace bennu::engine
