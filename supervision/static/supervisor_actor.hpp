#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/response_promise.hpp>

#include "supervision/children/child_watch.hpp"
#include "supervision/children/children_part.hpp"
#include "supervision/children/parent.hpp"
#include "supervision/children/static_children.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/restart_intensity.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu::engine {

namespace static_message {

/// To itself: start the first children.
struct boot {
  using local_message = void;
};

/// To itself: try once more, after whatever else waits in the mailbox.
struct retry {
  using local_message = void;
  child_key key;
};

/// To itself: the shutdown time of this child has passed.
struct time_over {
  using local_message = void;
  child_key key;
  bool was_killed;
};

} // namespace static_message

/// The actor of a `supervisor_spec`. Accepts the commands of supervisor_commands.hpp, `list_children_command`,
/// `child_down`, `child_ack`, and exit signals, of which it obeys those of its parent (see `obey_parent_alone`).
///
/// Each event changes the goal of some children in `static_children`, and then takes the next step towards it; the
/// supervisor never blocks. A child that does not end within one second of its kill is left behind as a zombie and
/// reported: C++ cannot kill a running handler.
///
/// Started by its own supervisor, to which it acknowledges once its children are ready. Whatever ends it, all its
/// children end with it, and every command is answered.
class supervisor_actor : public process, public supervises {
public:
  using acknowledges_start = void;

  /// `on_boot` is called once the first children are ready; never when one of them fails to start.
  supervisor_actor(caf::actor_config& cfg, supervisor_spec spec, std::function<void()> on_boot = nullptr);

  std::string label() const override { return spec_.name(); }
  size_t memory() const noexcept override;
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  using place = static_children::place;
  using state = static_children::state;
  using fate = static_children::fate;

  // -- starts and stops in order (supervisor_actor.cpp) -----------------------
  void step();
  void attempt(place at);
  void mark_ready(place at, caf::message info);
  void mark_ignored(place at, child_started what);
  void failed_to_start(place at, const caf::error& why);
  void acknowledged(const child_ack& ack);
  void finish_boot();

  // -- ends (supervisor_actor.ends.cpp) ---------------------------------------------
  void ended(const child_down& down);
  void ended_by_itself(place at, exit_info why);
  void shut_down_if_significant(const child_recipe& recipe, const exit_info& why);
  void finish_stop(place at, const exit_info& why);
  void restart_from(place at, exit_info why);
  void stop(place at);
  void over(const static_message::time_over& x);
  void shut_down(caf::error reason);

  // -- commands (supervisor_actor.commands.cpp) ----------------------------------------
  struct start_order {
    caf::response_promise promise;
    bool is_new; // the order brought its spec, which is dropped when the start fails
  };

  void when_booted(std::function<void()> command);
  bool is_settled(place at) const;
  void run_waiting();
  caf::error fault_of(const child_recipe& recipe);
  void start_child(child_recipe_ptr recipe, caf::response_promise asker);
  void terminate_child(const child_ref& whom, caf::response_promise asker);
  void restart_child(const std::string& id, caf::response_promise asker);
  void delete_child(const std::string& id, caf::response_promise asker);
  child_info told(const static_children::entry& x) const;
  std::vector<child_info> which() const;
  children_part part_of(const list_children_command& x) const;
  child_counts count() const;
  caf::result<child_summary> spec_of(const child_ref& whom) const;
  supervisor_info info() const;

  std::optional<place> find(const child_ref& whom) const;
  void answer_start(place at, child_started&& answer);
  void refuse_start(place at, const caf::error& why);
  void answer_ends(place at);
  void answer_all();

  supervisor_spec spec_;
  parent_link parent_;
  std::function<void()> on_boot_;
  static_children children_;
  pending_starts pending_;
  restart_intensity intensity_;
  std::unordered_map<place, start_order> starts_;
  std::unordered_map<place, std::vector<caf::response_promise>> ends_;
  std::vector<std::function<void()>> deferred_; // commands that came before the first starts were done
  std::vector<std::pair<place, std::function<void()>>>
    waiting_; // commands that wait until this child has started or stopped
  bool booted_ = false;
  bool ending_ = false;
  caf::error end_reason_;
};

} // namespace bennu::engine
