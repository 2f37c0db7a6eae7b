// How supervisor_actor answers the commands of supervisor_commands.hpp.
#include <utility>

#include <caf/make_message.hpp>
#include <caf/result.hpp>
#include <caf/sec.hpp>
#include <caf/typed_response_promise.hpp>

#include "supervision/children/reports.hpp"
#include "supervision/static/supervisor_actor.hpp"
#include <bennu/supervision/supervisor_error.hpp>

namespace bennu::engine {

// The first children are started before anything is changed, as OTP does.
void supervisor_actor::when_booted(std::function<void()> command) {
  if (booted_ || ending_)
    command();
  else
    deferred_.push_back(std::move(command));
}

// OTP's supervisor blocks while a child starts or stops, so that commands for that child are decided afterwards.
bool supervisor_actor::is_settled(place at) const {
  auto i = children_.all().find(at);
  if (i == children_.all().end())
    return true;
  auto what = i->second.what;
  return what == state::undefined || what == state::running || what == state::restarting;
}

void supervisor_actor::run_waiting() {
  auto waiting = std::exchange(waiting_, {});
  for (auto& [at, command] : waiting) {
    if (ending_ || is_settled(at))
      command();
    else
      waiting_.emplace_back(at, std::move(command));
  }
}

std::optional<supervisor_actor::place> supervisor_actor::find(const child_ref& whom) const {
  if (auto* id = std::get_if<std::string>(&whom))
    return children_.find(*id);
  auto key = watched_as(std::get<caf::actor>(whom), address());
  return key ? std::optional{key->place} : std::nullopt;
}

caf::error supervisor_actor::fault_of(const child_recipe& recipe) {
  if (ending_)
    return make_error(supervisor_error::shutting_down);
  if (auto fault = check(recipe.policy(), spec_.when()))
    return fault;
  if (recipe.id().empty())
    return caf::make_error(caf::sec::invalid_argument, "a child needs an id that is not empty");
  auto known = children_.find(recipe.id());
  if (!known)
    return {};
  auto& x = *children_.find(*known);
  return x.actor ? already_started(x.actor) : make_error(supervisor_error::already_present);
}

// -- changes ------------------------------------------------------------------

void supervisor_actor::start_child(child_recipe_ptr recipe, caf::response_promise asker) {
  if (auto known = children_.find(recipe->id()); known && !ending_ && !is_settled(*known))
    return waiting_.emplace_back(*known, [this, recipe, asker] { start_child(recipe, asker); }), void();
  if (auto fault = fault_of(*recipe))
    return refuse(*this, asker, *recipe, std::move(fault), ending_ ? exit_kind::shutdown : exit_kind::crashed);
  auto at = children_.add(std::move(recipe));
  children_.find(at)->on_order = true;
  starts_.emplace(at, start_order{std::move(asker), true});
  step();
}

void supervisor_actor::terminate_child(const child_ref& whom, caf::response_promise asker) {
  auto at = find(whom);
  if (!at)
    return answer(asker, make_error(supervisor_error::not_found));
  auto& x = *children_.find(*at);
  auto is_new = starts_.count(*at) > 0 && starts_.find(*at)->second.is_new;
  if (x.has_actor()) {
    ends_[*at].push_back(std::move(asker));
    children_.condemn(*at, x.is_temporary() || is_new ? fate::remove : fate::rest);
  } else {
    children_.condemn(*at, x.is_temporary() || is_new ? fate::remove : fate::rest);
    refuse_start(*at, make_error(supervisor_error::shutting_down, "terminated before its start"));
    answer(asker, caf::unit);
  }
  step();
}

void supervisor_actor::restart_child(const std::string& id, caf::response_promise asker) {
  auto at = children_.find(id);
  if (!at)
    return answer(asker, make_error(supervisor_error::not_found));
  if (ending_)
    return answer(asker, make_error(supervisor_error::shutting_down));
  auto& x = *children_.find(*at);
  auto going = (x.what == state::condemned || x.what == state::stopping) && x.then == fate::rest;
  if (x.what == state::wanted || x.what == state::restarting
      || (x.then == fate::start && (x.what == state::condemned || x.what == state::stopping)))
    return answer(asker, make_error(supervisor_error::restarting));
  if (!going && x.what != state::undefined)
    return answer(asker, make_error(supervisor_error::running));
  children_.condemn(*at, fate::start); // at once, or when the stop under way is done
  x.on_order = true;
  starts_.emplace(*at, start_order{std::move(asker), false});
  step();
}

void supervisor_actor::delete_child(const std::string& id, caf::response_promise asker) {
  auto at = children_.find(id);
  if (!at)
    return answer(asker, make_error(supervisor_error::not_found));
  auto& x = *children_.find(*at);
  switch (x.what) {
    case state::undefined:
      children_.remove(*at);
      return answer(asker, caf::unit);
    case state::wanted:
    case state::restarting:
      return answer(asker, make_error(supervisor_error::restarting));
    case state::starting:
    case state::running:
      return answer(asker, make_error(supervisor_error::running));
    case state::condemned:
    case state::stopping:
      if (x.then == fate::start)
        return answer(asker, make_error(supervisor_error::restarting));
      ends_[*at].push_back(std::move(asker)); // when the stop under way is done
      x.then = fate::remove;
  }
}

// -- answers that had to wait -------------------------------------------------

void supervisor_actor::answer_start(place at, child_started&& what) {
  auto order = starts_.extract(at);
  if (!order.empty())
    answer(order.mapped().promise, std::move(what));
}

void supervisor_actor::refuse_start(place at, const caf::error& why) {
  auto order = starts_.extract(at);
  if (order.empty())
    return;
  auto* x = children_.find(at);
  auto recipe = x ? x->recipe : nullptr;
  if (x && order.mapped().is_new)
    children_.remove(at);
  else if (x)
    children_.rest(at);
  if (order.mapped().promise.pending())
    order.mapped().promise.deliver(why);
  else if (recipe)
    recipe->given_up(start_failure(why));
}

void supervisor_actor::answer_ends(place at) {
  auto waiting = ends_.extract(at);
  if (!waiting.empty())
    for (auto& asker : waiting.mapped())
      answer(asker, caf::unit);
}

// The supervisor ends, so that all waiting commands are refused.
void supervisor_actor::answer_all() {
  for (auto& command : std::exchange(deferred_, {}))
    command();
  for (auto& [at, command] : std::exchange(waiting_, {}))
    command();
  for (auto& [at, order] : std::exchange(starts_, {}))
    answer(order.promise, make_error(supervisor_error::shutting_down));
  for (auto& [at, askers] : std::exchange(ends_, {}))
    for (auto& asker : askers)
      answer(asker, make_error(supervisor_error::shutting_down));
}

// -- questions ----------------------------------------------------------------

child_info supervisor_actor::told(const static_children::entry& x) const {
  auto& policy = x.recipe->policy();
  auto left = restarts_left(policy, x.intensity ? &*x.intensity : nullptr, intensity_, clock().now());
  return {x.recipe->id(),
          x.actor,
          seen(x),
          policy.type,
          policy.restart_type,
          x.since,
          x.launches > 0 ? x.launches - 1 : 0,
          left,
          x.last_crash};
}

size_t supervisor_actor::memory() const noexcept {
  constexpr auto node = sizeof(std::pair<const place, static_children::entry>) + 4 * sizeof(void*);
  return children_.all().size() * node;
}

std::vector<child_info> supervisor_actor::which() const {
  std::vector<child_info> result;
  result.reserve(children_.all().size());
  for (auto i = children_.all().rbegin(); i != children_.all().rend(); ++i)
    result.push_back(told(i->second));
  return result;
}

children_part supervisor_actor::part_of(const list_children_command& x) const {
  const auto& all = children_.all();
  part_builder part{x, all.size()};
  auto i = all.lower_bound(static_cast<place>(x.at));
  for (size_t looked = 0; i != all.end() && looked < part.reach() && part.wants_more(); ++i, ++looked)
    part.take(
      [&child = i->second] {
        return seen_child{child.recipe->id(), child.last_crash, child.actor ? child.actor.id() : 0,
                          child.recipe->policy().type};
      },
      [this, &child = i->second] { return told(child); });
  if (i != all.end() && part.wants_more())
    part.result.next = i->first;
  return std::move(part.result);
}

child_counts supervisor_actor::count() const {
  child_counts result;
  for (auto& [at, x] : children_.all())
    engine::count(result, *x.recipe, x.actor != nullptr);
  return result;
}

caf::result<child_summary> supervisor_actor::spec_of(const child_ref& whom) const {
  auto at = find(whom);
  if (!at)
    return make_error(supervisor_error::not_found);
  return summary_of(*children_.all().at(*at).recipe);
}

supervisor_info supervisor_actor::info() const {
  return {spec_.name(), false, spec_.how(), spec_.when(), spec_.limit(), intensity_.left(clock().now())};
}

} // namespace bennu::engine
