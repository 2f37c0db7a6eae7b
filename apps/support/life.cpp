#include "apps/support/life.hpp"

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <utility>

#include "supervision/tree.hpp"

namespace bennu {

namespace {

/// What the thread that takes signals asks of the main thread. CAF ties every thread that spawns to its system, which then
/// cannot end before that thread does: so the signals' thread never touches the system.
struct wishes {
  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false;
  bool show = false;

  void wish(bool wishes::*what) {
    {
      std::lock_guard guard{mutex};
      this->*what = true;
    }
    changed.notify_one();
  }

  /// Waits for a wish. @returns false when it is to stop, true when the tree is to be shown.
  bool next() {
    std::unique_lock guard{mutex};
    changed.wait(guard, [this] { return stop || show; });
    return !stop && std::exchange(show, false);
  }
};

} // namespace

void live_until_stopped(stop_signals& signals, const app_options& options, std::uint16_t port,
                        caf::actor_system& system, const caf::actor& root) {
  // Shared, since signals may come until the program ends.
  auto asked = std::make_shared<wishes>();
  asked->show = options.tree;
  signals.watch([asked] { asked->wish(&wishes::stop); }, [asked] { asked->wish(&wishes::show); });
  std::printf("ready %u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  while (asked->next()) {
    std::fputs(render(read_tree(system, root).get()).c_str(), stderr);
    std::fflush(stderr);
  }
}

} // namespace bennu
