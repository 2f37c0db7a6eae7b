#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/response_promise.hpp>

#include "supervision/children/child_watch.hpp"
#include "supervision/children/children_part.hpp"
#include "supervision/children/dynamic_children.hpp"
#include "supervision/children/parent.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu::engine {

namespace dynamic_message {

/// To itself: try once more, after whatever else waits in the mailbox.
struct retry {
  using local_message = void;
  child_key key;
  exit_info why;
};

/// To itself: the shutdown time of one child has passed, or (no `key`) that of all children with this shutdown time.
struct time_over {
  using local_message = void;
  std::chrono::milliseconds time;
  bool was_killed;
  std::optional<child_key> key;
};

} // namespace dynamic_message

/// The actor of a `dynamic_supervisor`. Accepts the commands of supervisor_commands.hpp, `list_children_command`,
/// `child_down`, `child_ack`, and exit signals, of which it obeys those of its parent (see `obey_parent_alone`).
///
/// Started by its own supervisor (permanent). Whatever ends it, all its children end with it, and every command is
/// answered: it stops its children before it ends, or kills them when it was killed itself.
class dynamic_supervisor_actor : public process, public supervises {
public:
  dynamic_supervisor_actor(caf::actor_config& cfg, dynamic_supervisor_options options);

  std::string label() const override { return options_.name; }
  size_t memory() const noexcept override { return children_.footprint(); }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  using state = dynamic_children::state;
  using entry = dynamic_children::entry;

  // -- commands (dynamic_supervisor_actor.commands.cpp) --------------------------------
  void start(child_recipe_ptr recipe, caf::response_promise asker);
  void terminate(const child_ref& whom, caf::response_promise asker);
  child_info told(entry& x);
  std::vector<child_info> which();
  children_part part_of(const list_children_command& x);
  child_counts count();
  caf::result<child_summary> spec_of(const child_ref& whom);
  supervisor_info info() const;
  std::optional<child_key> find(const caf::actor& child);
  caf::response_promise take_promise(child_key key);

  // -- what happens to children (dynamic_supervisor_actor.cpp) ----------------
  void attempt(child_key key, start_cause cause);
  void mark_ready(child_key key, caf::message info);
  void mark_ignored(child_key key, child_started what);
  void failed_to_start(child_key key, const caf::error& why);
  void acknowledged(const child_ack& ack);
  void ended(const child_down& down);
  void ended_by_itself(child_key key, exit_info why);
  void significant_ended(const std::string& id, const exit_info& why);
  void restart_child(child_key key, exit_info why);
  void give_up(child_key key, const exit_info& why);

  // -- the way out (dynamic_supervisor_actor.stops.cpp) ------------------------------
  void tell_to_stop(entry& x);
  void arm(dynamic_message::time_over what);
  void finish_stop(child_key key, const exit_info& why);
  void stop_all(caf::error reason);
  void quit_when_empty();
  void over(const dynamic_message::time_over& which);
  void kill_or_leave(child_key key, entry& x, bool was_killed);

  dynamic_supervisor_options options_;
  parent_link parent_;
  dynamic_children children_;
  pending_starts pending_;
  restart_intensity intensity_;
  std::unordered_map<uint32_t, caf::response_promise> promises_; // by place: starts and stops under way
  bool stopping_ = false;
  caf::error stop_reason_;
};

} // namespace bennu::engine
