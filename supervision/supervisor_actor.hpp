#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "supervision/child_watch.hpp"
#include "supervision/process.hpp"
#include "supervision/restart_intensity.hpp"
#include "supervision/supervisor.hpp"
#include "supervision/supervisor_commands.hpp"

namespace bennu {

namespace tree_message {

/// To itself: go on after whatever else waits in the mailbox.
struct proceed {
  std::uint32_t round;
};

/// To itself: the time of this child's stop is over.
struct time_over {
  child_key key;
  bool was_killed;
};

} // namespace tree_message

/// What runs a `supervisor_spec`. Accepts `child_down`, `child_ack` and exit signals, which it traps.
///
/// It always works towards one goal: first stop, in reverse order, every child that is to be stopped; then start, in order,
/// every child that is to run. Each event (an end, an acknowledgement, a time that is over) only changes what is to be, and
/// takes the next step; the supervisor never blocks.
///
/// Started by its own supervisor, to which it acknowledges once its children are ready. When it ends for whatever reason,
/// no child is left running.
class supervisor_actor : public process {
public:
  supervisor_actor(caf::actor_config& cfg, supervisor_spec spec, caf::actor parent);

  std::string label() const override { return spec_.name(); }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  enum class state : std::uint8_t {
    wanted,   ///< no actor; to be started
    starting, ///< has not acknowledged yet
    running,
    condemned, ///< runs, and is to be stopped
    stopping,  ///< was told to stop
    resting,   ///< no actor, and none is to be
  };

  struct child {
    const child_spec* spec;
    caf::actor actor;
    state what = state::wanted;
    bool wanted_after = false; // once stopped, it is to be started again
    std::uint32_t generation = 0;
    start_cause cause;
    std::optional<restart_intensity> intensity;
    caf::actor_clock::time_point since{};
    std::uint64_t restarts = 0;
    std::string last_crash;
  };

  std::vector<child_info> which() const;
  child_counts count() const;

  void step();
  bool stop_step();
  void start_step();
  void start(std::size_t i);
  void is_ready(child& x);
  void failed_to_start(std::size_t i, caf::error why);

  void ended(const child_down& down);
  void acknowledged(const child_ack& ack);
  void restart_from(std::size_t i, exit_info why);
  void condemn(child& x, bool restart);
  void over(const tree_message::time_over& x);
  void shut_down(caf::error reason);

  child* find(child_key key);
  void rest(child& x);

  supervisor_spec spec_;
  caf::actor parent_; // null for a root, and after the acknowledgement
  std::vector<child> children_;
  restart_intensity intensity_;
  std::uint32_t round_ = 0; // of `proceed`: an older one is void
  bool booted_ = false;
  bool waiting_ = false; // for a `proceed`
  bool ending_ = false;
  caf::error end_reason_;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::tree_message::proceed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::tree_message::time_over)
