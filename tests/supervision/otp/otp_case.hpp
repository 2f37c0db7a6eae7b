#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervision/process/crash_report.hpp"
#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/supervisor_error.hpp>

namespace bennu::test {

using namespace engine;

using namespace std::chrono_literals;

/// What the next starts of a child do.
enum class act { run, hang, ignore, fail, raise, give_nothing };

/// What the starts of one child do, and what has happened to them.
struct script {
  act next = act::run;
  std::string info; ///< when not empty, the info that a start returns
  size_t tries = 0;
  std::vector<caf::actor> actors;
  std::vector<start_cause> causes;
  std::vector<exit_info> ends; ///< of its actors
  std::vector<exit_info> given_up;

  const caf::actor& last() const { return actors.back(); }
  const exit_info& last_end() const { return ends.back(); }
  size_t starts() const { return actors.size(); }
};

/// A supervisor with children that do as their scripts say, in virtual time.
class otp_case {
public:
  ~otp_case() {
    for (auto& [id, x] : scripts_) {
      x->actors.clear();
      x->causes.clear();
    }
    top = nullptr;
  }

  // -- before -----------------------------------------------------------------

  script& of(const std::string& id) { return *known(id); }

  template <class Child = test_child>
  child_spec child(const std::string& id) {
    auto x = known(id);
    auto log = log_;
    return child_spec{id,
                      [x, log, id](caf::event_based_actor* parent, const start_cause& cause) -> start_result {
                        ++x->tries;
                        x->causes.push_back(cause);
                        if (x->next == act::ignore)
                          return start_result::ignore();
                        if (x->next == act::fail)
                          return start_result::failed(exits::crash("told to fail"));
                        if (x->next == act::raise)
                          throw std::runtime_error{"told to raise"};
                        if (x->next == act::give_nothing)
                          return caf::actor{};
                        auto actor = caf::actor{parent->spawn<Child>()};
                        actor->attach_functor([x, log, id](const caf::error& why) {
                          x->ends.push_back(classify(why));
                          log->push_back("end " + id);
                        });
                        log->push_back("start " + id);
                        x->actors.push_back(actor);
                        if (x->next == act::hang)
                          return start_result::pending(actor);
                        return start_result::ready(actor,
                                                   x->info.empty() ? caf::message{} : caf::make_message(x->info));
                      }}
      .when_given_up([x](const exit_info& why) { x->given_up.push_back(why); });
  }

  void start(const supervisor_spec& spec) { watch_top(spec.spawn(world.system())); }

  void start_pool(dynamic_supervisor_options options = {}) {
    watch_top(spawn_dynamic_supervisor(world.system(), std::move(options)));
  }

  // -- requests of a user of the supervisor -------------------------------------

  child_started start_child(child_recipe_ptr recipe) {
    return world.ask<child_started>(top, start_child_command{std::move(recipe)});
  }
  child_started start_child(child_spec spec) { return start_child(make_recipe(std::move(spec))); }

  child_started restart_child(const std::string& id) {
    return world.ask<child_started>(top, restart_child_command{id});
  }

  /// @returns whether the supervisor confirmed it.
  bool terminate_child(child_ref whom) { return world.demand(top, terminate_child_command{std::move(whom)}); }

  bool delete_child(const std::string& id) { return world.demand(top, delete_child_command{id}); }

  child_summary get_childspec(child_ref whom) {
    return world.ask<child_summary>(top, get_childspec_command{std::move(whom)});
  }

  std::vector<child_info> children() { return children_of(top); }
  std::vector<child_info> children_of(const caf::actor& supervisor) {
    return world.ask<std::vector<child_info>>(supervisor, which_children_command{});
  }

  /// `c running, b undefined`, as which_children gives them.
  std::string which() { return which(top); }
  std::string which(const caf::actor& supervisor) {
    std::string result;
    for (auto& x : children_of(supervisor))
      result += (result.empty() ? "" : ", ") + x.id + " " + to_string(x.state);
    return result;
  }

  child_counts counts() { return counts(top); }
  child_counts counts(const caf::actor& supervisor) {
    return world.ask<child_counts>(supervisor, count_children_command{});
  }

  /// Whether the last request was refused with this error.
  bool refused(supervisor_error why) const { return world.error() == make_error(why); }
  std::string refusal() const { return classify(world.error()).text; }

  // -- what happens to the world ------------------------------------------------

  void exit(const std::string& id, caf::error reason) {
    signal_exit(of(id).last(), std::move(reason));
    world.settle();
  }
  void tell(const std::string& id, const char* order) {
    caf::anon_send(of(id).last(), std::string{order});
    world.settle();
  }
  void crash(const std::string& id) { tell(id, "crash"); }
  void acknowledge_start(const std::string& id, child_ack ack = {}) {
    caf::send_as(of(id).last(), top, std::move(ack));
    world.settle();
  }

  /// The top supervisor's parent tells it to stop.
  void stop() {
    signal_exit(top, exits::shutdown());
    world.settle();
  }

  // -- what became of it ----------------------------------------------------------

  std::vector<std::string> take_log() { return std::exchange(*log_, {}); }

  virtual_system world;
  caf::actor top;

  /// How the supervisor under test ended, if it did.
  const std::optional<exit_info>& top_end() const { return *top_end_; }

private:
  std::shared_ptr<script> known(const std::string& id) {
    auto& x = scripts_[id];
    if (!x)
      x = std::make_shared<script>();
    return x;
  }

  void watch_top(caf::actor x) {
    x->attach_functor([end = top_end_](const caf::error& why) { *end = classify(why); });
    top = world.own(std::move(x));
  }

  std::map<std::string, std::shared_ptr<script>> scripts_;
  std::shared_ptr<std::optional<exit_info>> top_end_ = std::make_shared<std::optional<exit_info>>();
  std::shared_ptr<std::vector<std::string>> log_ = std::make_shared<std::vector<std::string>>();
};

/// For handles that may be null: CAF's comparison needs both.
inline bool same(const caf::actor& x, const caf::actor& y) {
  return x && y ? x == y : !x && !y;
}

using names = std::vector<std::string>;

} // namespace bennu::test
