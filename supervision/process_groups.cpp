#include <bennu/supervision/process_groups.hpp>

#include <utility>

#include <caf/abstract_actor.hpp>
#include <caf/message_id.hpp>

#include "supervision/lookup/group_board.hpp"

namespace bennu {

using namespace engine;

process_groups::process_groups(std::string scope) : board_(std::make_shared<group_board>(std::move(scope))) {}

caf::error process_groups::join(const std::string& group, const caf::actor& who) const {
  return board_->join(group, who);
}

bool process_groups::leave(const std::string& group, const caf::actor& who) const {
  return board_->leave(group, who);
}

std::vector<caf::actor> process_groups::members(const std::string& group) const {
  return board_->members(group, false);
}

std::vector<caf::actor> process_groups::local_members(const std::string& group) const {
  return board_->members(group, true);
}

std::vector<std::string> process_groups::groups() const {
  return board_->groups(false);
}

std::vector<std::string> process_groups::local_groups() const {
  return board_->groups(true);
}

size_t process_groups::send(const std::string& group, const caf::message& content) const {
  const auto all = members(group);
  for (const auto& one : all)
    one->enqueue(nullptr, caf::make_message_id(), content, nullptr);
  return all.size();
}

std::vector<caf::actor> process_groups::monitor(const std::string& group, const caf::actor& listener) const {
  return board_->monitor(group, listener);
}

void process_groups::demonitor(const std::string& group, const caf::actor& listener) const {
  board_->demonitor(group, listener);
}

} // namespace bennu
