#pragma once

#include <functional>
#include <thread>

namespace bennu::engine {

/// SIGTERM and SIGINT. The first one asks the program to drain; the second one ends it immediately, with the exit
/// status 128 + signal, as shells do. SIGHUP and SIGUSR1 ask for something and never end the program. A signal that is
/// ignored when this is constructed stays ignored.
///
/// Construct it in `main` before any other thread, because threads inherit the blocked signals. `watch` starts the
/// thread that receives them. The destructor ends that thread; afterwards signals stay blocked, because the program
/// is about to end.
class stop_signals {
public:
  stop_signals();
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Calls `drain` at the first SIGTERM or SIGINT, `show` (if given) at every SIGUSR1, and `reload` (if given) at every
  /// SIGHUP, on a separate thread.
  /// REQUIRES: it is called once.
  void watch(std::function<void()> drain, std::function<void()> show = {}, std::function<void()> reload = {});

private:
  void run(const std::function<void()>& drain, const std::function<void()>& show,
           const std::function<void()>& reload) const;

  int signals_; // a signalfd
  int quit_;    // an eventfd
  std::thread watcher_;
};

} // namespace bennu::engine
