#include <bennu/supervision/supervisor_commands.hpp>

#include <utility>

#include <caf/error.hpp>
#include <caf/send.hpp>

namespace bennu {

std::string to_string(child_state what) {
  switch (what) {
    case child_state::undefined:
      return "undefined";
    case child_state::starting:
      return "starting";
    case child_state::running:
      return "running";
    case child_state::restarting:
      return "restarting";
    case child_state::stopping:
      return "stopping";
  }
  return "unknown child state";
}

child_summary summary_of(const child_recipe& recipe) {
  auto& policy = recipe.policy();
  return {recipe.id(),           policy.restart_type, policy.type, policy.effective_shutdown(),
          policy.is_significant, policy.limit};
}

void start_child(const caf::actor& supervisor, child_recipe_ptr recipe) {
  caf::anon_send(supervisor, start_child_command{std::move(recipe)});
}

void start_child(const caf::actor& supervisor, child_spec spec) {
  require(check(spec));
  start_child(supervisor, make_recipe(std::move(spec)));
}

} // namespace bennu
