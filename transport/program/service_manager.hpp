#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bennu::engine {

/// Checks whether the threads that serve still work, by asking each of them for a sign of life again and again: the io
/// units, and the thread that opens connections to other nodes. The threads that accept clients are left out: they run
/// no code of an application and take no lock.
///
/// Thread safety: one thread, that of the caller.
class pulse {
public:
  /// A thread is asked by giving it something to do.
  using ask = std::function<void(std::function<void()> answer)>;

  explicit pulse(std::vector<ask> threads) : threads_(std::move(threads)) {}

  /// Whether every thread has answered the question of the last call; if so, asks again. The first call returns true.
  bool answers();

private:
  std::vector<ask> threads_;
  std::shared_ptr<std::atomic<size_t>> missing_ = std::make_shared<std::atomic<size_t>>(0);
};

/// Reports the state of the program to systemd, or to any manager that has set `NOTIFY_SOCKET`. Source: sd_notify(3),
/// sd_watchdog_enabled(3).
///
/// A datagram that cannot be sent is dropped, and the program continues. Thread safety: none.
class service_manager {
public:
  /// Reads the environment. Without `NOTIFY_SOCKET` nothing is sent.
  service_manager();
  ~service_manager();
  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

  void ready() { tell("READY=1"); }
  void reloading();
  void stopping() { tell("STOPPING=1"); }

  /// One line for `systemctl status`.
  void status(std::string_view text) { tell("STATUS=" + std::string{text}); }

  void beat() { tell("WATCHDOG=1"); }

  /// How often `beat` must be called: a third of the time after which the program counts as hung. Nothing when the
  /// manager does not wait for it.
  std::optional<std::chrono::microseconds> beat_interval() const noexcept { return interval_; }

private:
  void tell(std::string_view text) noexcept;

  int socket_ = -1; // connected
  std::optional<std::chrono::microseconds> interval_;
};

} // namespace bennu::engine
