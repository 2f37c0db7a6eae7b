#include "transport/observer/views.hpp"

#include <algorithm>
#include <span>

#include "transport/observer/inquiry.hpp"

namespace bennu::engine {

namespace {

constexpr observer_view all_views[] = {
  {"overview", show_overview},
  {"history", show_history},
  {"tree", show_tree},
  {"crash", show_crash},
  {"connections", show_connections},
  {"connection", show_connection},
  {"ended", show_ended},
  {"topics", show_topics},
  {"topic", show_topic},
  {"presence", show_presence},
  {"cluster", show_cluster},
  {"names", show_names},
  {"faults", show_faults},
  {"log", show_log},
  {"events", show_events},
};

constexpr observer_view all_actions[] = {
  {"disconnect", act_disconnect},
  {"drain", act_drain},
  {"crash", act_crash},
  {"kill", act_kill},
  {"pause", act_pause},
  {"stop", act_stop},
  {"restart", act_restart},
  {"fault", act_fault},
  {"heal", act_heal},
  {"cut", act_cut},
};

const observer_view* find_in(std::span<const observer_view> all, std::string_view name) noexcept {
  const auto found = std::find_if(all.begin(), all.end(), [name](const auto& x) { return x.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string names_in(std::span<const observer_view> all) {
  std::string result;
  for (const auto& x : all)
    result += (result.empty() ? "" : ", ") + std::string{x.name};
  return result;
}

} // namespace

const observer_view* find_view(std::string_view name) noexcept {
  return find_in(all_views, name);
}

std::string names_of_views() {
  return names_in(all_views);
}

const observer_view* find_action(std::string_view name) noexcept {
  return find_in(all_actions, name);
}

std::string names_of_actions() {
  return names_in(all_actions);
}

} // namespace bennu::engine
