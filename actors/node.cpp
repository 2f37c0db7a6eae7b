#include <bennu/actors/node.hpp>

#include <algorithm>
#include <utility>

#include "actors/node/node_parts.hpp"

namespace bennu {

using namespace engine;

node::node(caf::actor_system& in, std::string called, const std::vector<caf::execution_unit*>& units,
           node_options options)
  : parts_(std::make_unique<node_parts>(in, std::move(called), units, std::move(options))) {}

node::~node() = default;

caf::actor_system& node::system() const noexcept {
  return parts_->system;
}

const std::string& node::name() const noexcept {
  return parts_->name;
}

pubsub& node::topics() const noexcept {
  return parts_->topics;
}

bennu::presence& node::presences() const noexcept {
  return parts_->presences;
}

global_names& node::names() const noexcept {
  return parts_->names;
}

const process_groups& node::groups() const noexcept {
  return parts_->groups;
}

blocking_pool& node::blocking() const noexcept {
  return parts_->blocking;
}

size_t node::connections() const noexcept {
  return parts_->clients.connections;
}

std::vector<std::string> node::connected_nodes() const {
  std::vector<std::string> result;
  if (parts_->link != nullptr)
    for (const auto& x : parts_->link->states())
      if (x.now == link_state::phase::up)
        result.push_back(x.peer);
  std::sort(result.begin(), result.end());
  return result;
}

bool node::is_clustered() const noexcept {
  return parts_->link != nullptr;
}

std::vector<child_spec> node::children() {
  return parts_->children();
}

} // namespace bennu
