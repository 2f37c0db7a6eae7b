#pragma once

#include <functional>
#include <thread>

namespace bennu {

/// SIGTERM and SIGINT: the first asks the program to drain, the second ends it at once (status 128
/// + signal, as a shell would say).
///
/// Construct it in `main` before any other thread, which then inherit the blocked signals; `watch`
/// starts the one thread that takes them. The destructor ends that thread and, once nobody watches,
/// signals stay blocked: the program is on its way out.
class stop_signals {
public:
  stop_signals();
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Calls `drain` at the first signal, `show` (when there is one) at every SIGUSR1 and `reload` at every SIGHUP, from a thread of its own.
  /// Without `reload` SIGHUP is a signal to end: the terminal is gone.
  /// REQUIRES: called once.
  void watch(std::function<void()> drain, std::function<void()> show = {}, std::function<void()> reload = {});

private:
  void run(const std::function<void()>& drain, const std::function<void()>& show,
           const std::function<void()>& reload) const;

  int signals_; // a signalfd
  int quit_;    // an eventfd
  std::thread watcher_;
};

} // namespace bennu
