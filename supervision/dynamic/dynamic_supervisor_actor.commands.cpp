// How dynamic_supervisor_actor answers the commands of supervisor_commands.hpp.
#include <utility>

#include <caf/make_message.hpp>
#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include "supervision/children/reports.hpp"
#include "supervision/dynamic/dynamic_supervisor_actor.hpp"
#include <bennu/supervision/supervisor_error.hpp>

namespace bennu::engine {

namespace {

child_state seen(dynamic_children::state what) {
  switch (what) {
    case dynamic_children::state::vacant:
      return child_state::undefined;
    case dynamic_children::state::starting:
      return child_state::starting;
    case dynamic_children::state::running:
      return child_state::running;
    case dynamic_children::state::restarting:
      return child_state::restarting;
    case dynamic_children::state::stopping:
      return child_state::stopping;
  }
  return child_state::undefined;
}

} // namespace

caf::response_promise dynamic_supervisor_actor::take_promise(child_key key) {
  if (promises_.empty())
    return {};
  auto node = promises_.extract(key.place);
  return node.empty() ? caf::response_promise{} : std::move(node.mapped());
}

// A child that is restarting is also found by its last actor.
std::optional<child_key> dynamic_supervisor_actor::find(const caf::actor& child) {
  if (!child)
    return std::nullopt;
  auto key = watched_as(child, address());
  if (!key)
    key = children_.find_restarting(child->address());
  return key && children_.find(*key) ? key : std::nullopt;
}

void dynamic_supervisor_actor::start(child_recipe_ptr recipe, caf::response_promise asker) {
  auto fault = check(recipe->policy(), options_.when);
  if (stopping_)
    fault = make_error(supervisor_error::shutting_down);
  else if (!fault && children_.size() >= options_.max_children)
    fault = make_error(supervisor_error::max_children);
  if (fault)
    return refuse(*this, asker, *recipe, std::move(fault), stopping_ ? exit_kind::shutdown : exit_kind::crashed);
  auto key = children_.add(std::move(recipe));
  if (asker.pending())
    promises_.emplace(key.place, std::move(asker));
  attempt(key, {});
}

void dynamic_supervisor_actor::terminate(const child_ref& whom, caf::response_promise asker) {
  auto* child = std::get_if<caf::actor>(&whom);
  auto key = child ? find(*child) : std::nullopt;
  if (!key || children_.find(*key)->what == state::stopping)
    return answer(asker, make_error(child ? supervisor_error::not_found : supervisor_error::dynamic_children));
  auto& x = *children_.find(*key);
  auto starter = take_promise(*key);
  answer(starter, make_error(supervisor_error::shutting_down, "terminated during its start"));
  if (x.what == state::restarting) {
    children_.remove(*key);
    return answer(asker, caf::unit);
  }
  if (asker.pending())
    promises_.emplace(key->place, std::move(asker));
  tell_to_stop(x);
  auto policy = x.recipe->policy().effective_shutdown();
  arm({policy.time(), policy.is_brutal(), key});
}

child_info dynamic_supervisor_actor::told(entry& x) {
  auto& policy = x.recipe->policy();
  child_info result{x.recipe->id(), x.child, seen(x.what), policy.type, policy.restart_type, x.since, 0, 0, {}};
  auto* own = x.past && x.past->intensity ? &*x.past->intensity : nullptr;
  result.restarts_left = restarts_left(policy, own, intensity_, clock().now());
  if (x.past) {
    result.restarts = x.past->restarts;
    result.last_crash = x.past->last_crash;
  }
  return result;
}

std::vector<child_info> dynamic_supervisor_actor::which() {
  std::vector<child_info> result;
  result.reserve(children_.size());
  children_.for_each([&](child_key, entry& x) { result.push_back(told(x)); });
  return result;
}

children_part dynamic_supervisor_actor::part_of(const list_children_command& x) {
  part_builder part{x, children_.size()};
  const auto see = [](const entry& child) {
    return seen_child{child.recipe->id(), child.past ? std::string_view{child.past->last_crash} : std::string_view{},
                      child.child ? child.child.id() : 0, child.recipe->policy().type};
  };
  const auto end = children_.for_some(x.at, part.reach(), [&](entry& child) {
    part.take([&] { return see(child); }, [&] { return told(child); });
    return part.wants_more();
  });
  if (!children_.is_end(end) && part.wants_more())
    part.result.next = end;
  return std::move(part.result);
}

child_counts dynamic_supervisor_actor::count() {
  child_counts result;
  children_.for_each([&](child_key, entry& x) { engine::count(result, *x.recipe, x.child != nullptr); });
  return result;
}

caf::result<child_summary> dynamic_supervisor_actor::spec_of(const child_ref& whom) {
  auto* child = std::get_if<caf::actor>(&whom);
  if (!child)
    return make_error(supervisor_error::dynamic_children);
  auto key = find(*child);
  if (!key)
    return make_error(supervisor_error::not_found);
  return summary_of(*children_.find(*key)->recipe);
}

supervisor_info dynamic_supervisor_actor::info() const {
  return {options_.name, true, one_for_one, options_.when, options_.intensity, intensity_.left(clock().now())};
}

} // namespace bennu::engine
