#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace bennu::engine {

/// Requests of other threads to the main thread. CAF ties every thread that spawns to its system, which then cannot end
/// before that thread does. So the thread that receives signals never uses the system.
///
/// Thread safety: any thread may ask, one waits.
class wishes {
public:
  enum class kind { end, stop, show, reload };

  void stop() { ask(stop_); }
  void show() { ask(show_); }
  void reload() { ask(reload_); }

  /// The tree ended by itself.
  void end(std::string why) {
    {
      std::lock_guard guard{mutex_};
      end_ = std::move(why);
    }
    changed_.notify_one();
  }

  /// Waits for a wish, at most for `time` when there is one. The end and a stop come before all others.
  std::optional<kind> next(std::optional<std::chrono::microseconds> time) {
    std::unique_lock guard{mutex_};
    const auto is_asked = [this] { return end_ || stop_ || show_ || reload_; };
    if (!time)
      changed_.wait(guard, is_asked);
    else if (!changed_.wait_for(guard, *time, is_asked))
      return std::nullopt;
    if (end_ || stop_)
      return end_ ? kind::end : kind::stop;
    return std::exchange(show_, false) ? kind::show : (reload_ = false, kind::reload);
  }

  std::string why_it_ended() {
    std::lock_guard guard{mutex_};
    return end_.value_or(std::string{});
  }

private:
  void ask(bool& what) {
    {
      std::lock_guard guard{mutex_};
      what = true;
    }
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::string> end_;
  bool stop_ = false, show_ = false, reload_ = false;
};

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
