#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/send.hpp>

#include "supervision/process/crash_report.hpp"
#include "tests/supervision/test_child.hpp"
#include "tests/supervision/tree_model.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/supervisor_error.hpp>

namespace bennu::test {

using namespace engine;

/// A running tree with the same plan as a `tree_model`, in virtual time, shown in the same words.
class tree_world {
public:
  explicit tree_world(const plan& root) : root_id_(root.id) {
    auto top = root.sort == node_sort::pool ? spawn_dynamic_supervisor(world.system(), options_of(root))
                                            : spec_of(root).spawn(world.system());
    cast_->last[root.id] = world.own(std::move(top));
  }

  ~tree_world() { cast_->last.clear(); }

  // -- what happens -------------------------------------------------------------

  void tell(const std::string& id, const char* order) { caf::anon_send(cast_->last[id], std::string{order}); }
  void kill(const std::string& id) { signal_exit(cast_->last[id], exits::kill()); }
  void fail_next(const std::string& id, size_t times) { cast_->failing[id] += times; }

  std::string start_child(const std::string& supervisor, const plan& what) {
    world.ask<child_started>(cast_->last[supervisor], start_child_command{make_recipe(child_of(what))});
    return said();
  }
  std::string terminate_child(const std::string& supervisor, const std::string& id, bool by_actor) {
    auto whom = by_actor ? child_ref{cast_->last[id]} : child_ref{id};
    world.demand(cast_->last[supervisor], terminate_child_command{std::move(whom)});
    return said();
  }
  std::string restart_child(const std::string& supervisor, const std::string& id) {
    world.ask<child_started>(cast_->last[supervisor], restart_child_command{id});
    return said();
  }
  std::string delete_child(const std::string& supervisor, const std::string& id) {
    world.demand(cast_->last[supervisor], delete_child_command{id});
    return said();
  }

  // -- the state ----------------------------------------------------------------

  bool is_alive() const { return engine::is_alive(cast_->last.at(root_id_)); }
  std::string text() { return text_of(cast_->last[root_id_]); }
  const std::map<std::string, size_t>& starts() const { return cast_->starts; }

  /// The workers that live, and those that the tree shows.
  size_t living_workers() const { return cast_->living; }
  size_t shown_workers() { return is_alive() ? workers_of(cast_->last[root_id_]) : 0; }

  virtual_system world;

private:
  struct cast {
    std::map<std::string, caf::actor> last; ///< the last actor of each child
    std::map<std::string, size_t> starts;
    std::map<std::string, size_t> failing;
    size_t living = 0;
  };

  static child_spec as_planned(const plan& x, child_spec spec) {
    spec.restart_type = x.kept;
    spec.is_significant = x.is_significant;
    spec.limit = x.own_limit;
    return spec;
  }

  supervisor_spec spec_of(const plan& x) {
    auto result = supervisor_spec{x.how}.name(x.id).intensity(x.limit).shutdown_when(x.when);
    for (auto& child : x.children)
      result.add(child_of(child));
    return result;
  }

  static dynamic_supervisor_options options_of(const plan& x) {
    dynamic_supervisor_options result;
    result.name = x.id;
    result.intensity = x.limit;
    result.when = x.when;
    return result;
  }

  child_spec child_of(const plan& x) {
    if (x.sort == node_sort::worker)
      return as_planned(x, child_spec{x.id, worker_start(x.id)});
    auto spec = x.sort == node_sort::pool ? dynamic_supervisor(options_of(x)) : spec_of(x).supervised(x.id);
    spec.start = [start = spec.start, parts = cast_, id = x.id](caf::event_based_actor* parent,
                                                                const start_cause& why) {
      auto result = start(parent, why);
      parts->last[id] = result.child();
      return result;
    };
    return as_planned(x, std::move(spec));
  }

  start_function worker_start(const std::string& id) {
    return [parts = cast_, id](caf::event_based_actor* parent, const start_cause&) -> start_result {
      if (auto& failing = parts->failing[id]; failing > 0) {
        --failing;
        return start_result::failed(exits::crash("told to fail"));
      }
      ++parts->starts[id];
      ++parts->living;
      caf::actor child = parent->spawn<test_child>();
      child->attach_functor([parts](const caf::error&) { --parts->living; });
      parts->last[id] = child;
      return child;
    };
  }

  std::string said() {
    auto& error = world.error();
    if (!error)
      return "ok";
    return error.category() == caf::atom("bennu_sup") ? reason_text(error) : "failed";
  }

  std::vector<child_info> children_of(const caf::actor& supervisor) {
    return world.ask<std::vector<child_info>>(supervisor, which_children_command{});
  }

  std::string text_of(const caf::actor& supervisor) {
    auto info = world.ask<supervisor_info>(supervisor, get_supervisor_command{});
    auto children = children_of(supervisor);
    std::reverse(children.begin(), children.end()); // the newest child comes first
    std::vector<std::string> parts;
    for (auto& x : children) {
      parts.push_back(x.id + " " + to_string(x.state) + " +" + std::to_string(x.restarts) + " "
                      + std::to_string(x.restarts_left) + " left");
      if (x.actor && x.type == child_type::supervisor)
        parts.back() += " " + text_of(x.actor);
    }
    if (info.is_dynamic)
      std::sort(parts.begin(), parts.end());
    auto result = info.name + " " + std::to_string(info.restarts_left) + " left [";
    for (auto& part : parts)
      result += (&part == &parts.front() ? "" : ", ") + part;
    return result + "]";
  }

  size_t workers_of(const caf::actor& supervisor) {
    size_t result = 0;
    for (auto& x : children_of(supervisor))
      if (x.actor)
        result += x.type == child_type::supervisor ? workers_of(x.actor) : 1;
    return result;
  }

  std::string root_id_;
  std::shared_ptr<cast> cast_ = std::make_shared<cast>();
};

} // namespace bennu::test
