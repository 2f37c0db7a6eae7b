#include "supervision/children/static_children.hpp"

#include <algorithm>
#include <utility>

namespace bennu::engine {

// -- looking ------------------------------------------------------------------

bool static_children::entry::has_actor() const noexcept {
  return what == state::starting || what == state::running || what == state::condemned || what == state::stopping;
}

static_children::entry* static_children::find(place at) noexcept {
  auto i = entries_.find(at);
  return i == entries_.end() ? nullptr : &i->second;
}

static_children::entry* static_children::find(child_key key) noexcept {
  auto* x = find(key.place);
  return x && x->generation == key.generation ? x : nullptr;
}

std::optional<static_children::place> static_children::find(const std::string& id) const {
  auto i = by_id_.find(id);
  return i == by_id_.end() ? std::nullopt : std::optional{i->second};
}

bool static_children::any_significant_left() const {
  return std::any_of(entries_.begin(), entries_.end(), [](auto& x) {
    return x.second.recipe->policy().is_significant && x.second.what != state::undefined;
  });
}

// -- changes ------------------------------------------------------------------

static_children::place static_children::add(child_recipe_ptr recipe) {
  auto at = next_place_++;
  by_id_.emplace(recipe->id(), at);
  auto& x = entries_[at];
  x.recipe = std::move(recipe);
  set(at, x, state::wanted);
  return at;
}

void static_children::remove(place at) {
  auto i = entries_.find(at);
  set(at, i->second, state::undefined);
  by_id_.erase(i->second.recipe->id());
  entries_.erase(i);
}

void static_children::want(place at) {
  set(at, *find(at), state::wanted);
}

void static_children::set_starting(place at, caf::actor actor) {
  auto& x = *find(at);
  x.actor = std::move(actor);
  ++x.launches;
  set(at, x, state::starting);
}

void static_children::set_running(place at) {
  auto& x = *find(at);
  x.cause = {};
  x.on_order = false;
  set(at, x, state::running);
}

bool static_children::rest(place at) {
  auto& x = *find(at);
  if (x.is_temporary()) {
    remove(at);
    return false;
  }
  x.cause = {};
  x.on_order = false;
  set(at, x, state::undefined);
  return true;
}

void static_children::retry_later(place at) {
  set(at, *find(at), state::restarting);
  if (how_ == one_for_one)
    return;
  for (auto other : std::set{wanted_})
    if (auto& x = *find(other); !x.on_order)
      rest(other);
}

void static_children::condemn(place at, fate then) {
  auto& x = *find(at);
  if (x.has_actor()) {
    x.then = then;
    if (x.what != state::stopping)
      set(at, x, state::condemned);
  } else if (then == fate::remove) {
    remove(at);
  } else if (then == fate::rest) {
    rest(at);
  } else {
    set(at, x, state::wanted); // as in OTP, the restart of a group also starts those that had ended
  }
}

void static_children::set_stopping(place at) {
  set(at, *find(at), state::stopping);
}

bool static_children::finish_stop(place at) {
  auto& x = *find(at);
  switch (std::exchange(x.then, fate::rest)) {
    case fate::start:
      set(at, x, state::wanted);
      return true;
    case fate::remove:
      remove(at);
      return false;
    case fate::rest:
      break;
  }
  return rest(at);
}

void static_children::condemn_group_of(place at) {
  if (how_ == one_for_one)
    return;
  auto i = how_ == one_for_all ? entries_.begin() : entries_.upper_bound(at);
  while (i != entries_.end()) {
    auto& [other, x] = *i++; // the child may be removed
    // A child that is being stopped for good is not brought back.
    auto going = (x.what == state::condemned || x.what == state::stopping) && x.then != fate::start;
    if (other != at && !going)
      condemn(other, x.is_temporary() && !x.on_order ? fate::remove : fate::start);
  }
}

void static_children::condemn_all() {
  independent_ = false;
  for (auto i = entries_.begin(); i != entries_.end();) {
    auto at = (i++)->first;
    condemn(at, fate::rest);
  }
}

// -- what to do next ----------------------------------------------------------

std::optional<static_children::place> static_children::next_to_stop() const {
  if (condemned_.empty() || (!independent_ && stopping_ > 0))
    return std::nullopt;
  return *condemned_.rbegin();
}

std::optional<static_children::place> static_children::next_to_start() const {
  if (wanted_.empty() || (!independent_ && (stopping_ > 0 || starting_ > 0 || !condemned_.empty())))
    return std::nullopt;
  return *wanted_.begin();
}

child_key static_children::renew(place at) {
  return {at, ++find(at)->generation};
}

size_t* static_children::counter(state what) noexcept {
  return what == state::starting ? &starting_ : what == state::stopping ? &stopping_ : nullptr;
}

void static_children::set(place at, entry& x, state next) {
  if (x.what == state::wanted)
    wanted_.erase(at);
  else if (x.what == state::condemned)
    condemned_.erase(at);
  else if (auto* n = counter(x.what))
    --*n;
  x.what = next;
  if (!x.has_actor())
    x.actor = nullptr;
  if (next == state::wanted)
    wanted_.insert(at);
  else if (next == state::condemned)
    condemned_.insert(at);
  else if (auto* n = counter(next))
    ++*n;
}

child_state seen(const static_children::entry& x) noexcept {
  using state = static_children::state;
  switch (x.what) {
    case state::undefined:
      return child_state::undefined;
    case state::wanted:
      return x.launches > 0 ? child_state::restarting : child_state::starting;
    case state::starting:
      return child_state::starting;
    case state::running:
      return child_state::running;
    case state::restarting:
      return child_state::restarting;
    case state::condemned:
    case state::stopping:
      return child_state::stopping;
  }
  return child_state::undefined;
}

} // namespace bennu::engine
