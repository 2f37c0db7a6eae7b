#include "tests/supervision/tree_model.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace bennu::test {

namespace {

bool restarts_after(restart kept, exit_kind why) {
  const bool is_failure = why != exit_kind::normal && why != exit_kind::shutdown;
  return kept == restart::permanent || (kept == restart::transient && is_failure);
}

size_t within(const std::vector<tree_model::time>& restarts, const restart_limit& limit, tree_model::time now) {
  return static_cast<size_t>(
    std::count_if(restarts.begin(), restarts.end(), [&](auto x) { return now - x <= limit.within; }));
}

} // namespace

tree_model::tree_model(plan root) {
  root_.what = std::move(root);
  start(root_);
}

// -- where the children are -----------------------------------------------------

tree_model::life* tree_model::find(life& from, const std::string& id) {
  if (from.what.id == id)
    return &from;
  for (auto& x : from.children)
    if (auto* found = find(x, id))
      return found;
  return nullptr;
}

tree_model::life* tree_model::parent_of(life& from, const std::string& id) {
  for (auto& x : from.children) {
    if (x.what.id == id)
      return &from;
    if (auto* found = parent_of(x, id))
      return found;
  }
  return nullptr;
}

size_t tree_model::index_of(const life& supervisor, const std::string& id) {
  auto i =
    std::find_if(supervisor.children.begin(), supervisor.children.end(), [&](auto& x) { return x.what.id == id; });
  return static_cast<size_t>(i - supervisor.children.begin());
}

std::vector<std::string> tree_model::running(bool workers) const {
  std::vector<std::string> result;
  std::function<void(const life&)> look = [&](const life& x) {
    if (x.is_running && (x.what.sort == node_sort::worker) == workers)
      result.push_back(x.what.id);
    for (auto& child : x.children)
      look(child);
  };
  look(root_);
  return result;
}

std::vector<std::string> tree_model::children_of(const std::string& supervisor) const {
  std::vector<std::string> result;
  if (auto* x = const_cast<tree_model*>(this)->find(const_cast<life&>(root_), supervisor))
    for (auto& child : x->children)
      result.push_back(child.what.id);
  return result;
}

bool tree_model::is_pool(const std::string& id) const {
  auto* x = const_cast<tree_model*>(this)->find(const_cast<life&>(root_), id);
  return x != nullptr && x->what.sort == node_sort::pool;
}

// -- starts and stops -------------------------------------------------------------

bool tree_model::start(life& x) {
  if (x.what.sort == node_sort::worker) {
    if (auto& failing = failing_[x.what.id]; failing > 0) {
      --failing;
      return false;
    }
    ++starts_[x.what.id];
  }
  ++x.launches;
  x.restarts.clear();
  x.children.clear();
  for (auto& child : x.what.children) {
    x.children.push_back({child, false, 0, {}, {}, {}});
    if (!start(x.children.back())) {
      stop(x);
      return false;
    }
  }
  x.is_running = true;
  return true;
}

void tree_model::stop(life& x) {
  x.is_running = false;
  x.children.clear();
}

// The child has ended and does not restart. Its spec stays, unless it is temporary or in a pool.
void tree_model::rest(life& supervisor, const std::string& id) {
  auto at = index_of(supervisor, id);
  auto& x = supervisor.children[at];
  stop(x);
  if (x.what.kept == restart::temporary || supervisor.what.sort == node_sort::pool)
    supervisor.children.erase(supervisor.children.begin() + static_cast<std::ptrdiff_t>(at));
}

// -- ends ---------------------------------------------------------------------------

void tree_model::ended(const std::string& id, exit_kind why) {
  if (root_.what.id == id)
    return stop(root_);
  auto& supervisor = *parent_of(root_, id);
  auto& x = supervisor.children[index_of(supervisor, id)];
  stop(x);
  if (restarts_after(x.what.kept, why))
    return restart_from(supervisor, id);
  const bool is_significant = x.what.is_significant;
  rest(supervisor, id);
  if (is_significant)
    significant_ended(supervisor);
}

void tree_model::restart_from(life& supervisor, std::string id) {
  for (;;) {
    auto& x = supervisor.children[index_of(supervisor, id)];
    const bool has_own = x.what.own_limit.has_value();
    const bool may =
      has_own ? count(x.own_restarts, *x.what.own_limit) : count(supervisor.restarts, supervisor.what.limit);
    if (!may) {
      const bool is_significant = x.what.is_significant;
      rest(supervisor, id);
      if (!has_own)
        shut_down(supervisor);
      else if (is_significant)
        significant_ended(supervisor);
      return;
    }
    auto failed = restart_group(supervisor, id);
    if (!failed)
      return;
    id = *failed; // a failed start counts as another crash
  }
}

// Stops the children that restart with it and starts them all in order. Returns the one whose start failed; those
// after it wait.
std::optional<std::string> tree_model::restart_group(life& supervisor, const std::string& id) {
  auto& children = supervisor.children;
  const auto how = supervisor.what.sort == node_sort::pool ? one_for_one : supervisor.what.how;
  auto shares_fate = [&](size_t i, size_t at) {
    return i == at || how == one_for_all || (how == rest_for_one && i > at);
  };
  for (auto i = children.size(); i-- > 0;) {
    const auto at = index_of(supervisor, id);
    if (i == at || !shares_fate(i, at))
      continue;
    stop(children[i]);
    if (children[i].what.kept == restart::temporary)
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
  }
  const auto at = index_of(supervisor, id);
  for (size_t i = 0; i < children.size(); ++i)
    if (shares_fate(i, at) && !start(children[i]))
      return children[i].what.id;
  return std::nullopt;
}

void tree_model::significant_ended(life& supervisor) {
  auto& children = supervisor.children;
  const bool others =
    std::any_of(children.begin(), children.end(), [](auto& x) { return x.what.is_significant && x.is_running; });
  if (supervisor.what.when == auto_shutdown::any_significant
      || (supervisor.what.when == auto_shutdown::all_significant && !others))
    shut_down(supervisor);
}

// The supervisor may have ended afterwards.
void tree_model::shut_down(life& supervisor) {
  ended(std::string{supervisor.what.id}, exit_kind::shutdown);
}

// -- intensity ----------------------------------------------------------------------

bool tree_model::count(std::vector<time>& restarts, const restart_limit& limit) const {
  restarts.push_back(now_);
  return within(restarts, limit, now_) <= limit.max_restarts;
}

size_t tree_model::left(const std::vector<time>& restarts, const restart_limit& limit) const {
  const auto used = within(restarts, limit, now_);
  return used < limit.max_restarts ? limit.max_restarts - used : 0;
}

// -- commands -----------------------------------------------------------------------

std::string tree_model::start_child(const std::string& supervisor, const plan& what) {
  auto& x = *find(root_, supervisor);
  const auto at = index_of(x, what.id);
  if (x.what.sort != node_sort::pool && at < x.children.size())
    return x.children[at].is_running ? "already_started" : "already_present";
  x.children.push_back({what, false, 0, {}, {}, {}});
  if (start(x.children.back()))
    return "ok";
  x.children.pop_back();
  return "failed";
}

std::string tree_model::terminate_child(const std::string& supervisor, const std::string& id) {
  auto& x = *find(root_, supervisor);
  if (index_of(x, id) == x.children.size())
    return "not_found";
  rest(x, id);
  return "ok";
}

std::string tree_model::restart_child(const std::string& supervisor, const std::string& id) {
  auto& x = *find(root_, supervisor);
  if (x.what.sort == node_sort::pool)
    return "dynamic_children";
  const auto at = index_of(x, id);
  if (at == x.children.size())
    return "not_found";
  if (x.children[at].is_running)
    return "running";
  return start(x.children[at]) ? "ok" : "failed";
}

std::string tree_model::delete_child(const std::string& supervisor, const std::string& id) {
  auto& x = *find(root_, supervisor);
  if (x.what.sort == node_sort::pool)
    return "dynamic_children";
  const auto at = index_of(x, id);
  if (at == x.children.size())
    return "not_found";
  if (x.children[at].is_running)
    return "running";
  x.children.erase(x.children.begin() + static_cast<std::ptrdiff_t>(at));
  return "ok";
}

// -- as text ------------------------------------------------------------------------

std::string tree_model::text_of(const life& x) const {
  auto result = x.what.id + " " + std::to_string(left(x.restarts, x.what.limit)) + " left [";
  std::vector<std::string> parts;
  for (auto& child : x.children) {
    const auto tolerated =
      child.what.own_limit ? left(child.own_restarts, *child.what.own_limit) : left(x.restarts, x.what.limit);
    parts.push_back(child.what.id + (child.is_running ? " running" : " undefined") + " +"
                    + std::to_string(child.launches > 0 ? child.launches - 1 : 0) + " " + std::to_string(tolerated)
                    + " left");
    if (child.is_running && child.what.sort != node_sort::worker)
      parts.back() += " " + text_of(child);
  }
  if (x.what.sort == node_sort::pool)
    std::sort(parts.begin(), parts.end());
  for (auto& part : parts)
    result += (&part == &parts.front() ? "" : ", ") + part;
  return result + "]";
}

} // namespace bennu::test
