#include "actors/cluster/calls/call_table.hpp"

namespace bennu::engine {

// Erasing an entry is enough: `sure_call` reports to a caller that was not told anything.

bool call_table::asked(const std::string& node, uint64_t id, asker who, time_point deadline) {
  if (waiting() >= most_)
    return false;
  askers_[{node, id}] = {std::move(who), deadline};
  return true;
}

bool call_table::answered(const std::string& node, uint64_t id, call_answer answer) {
  auto found = askers_.extract({node, id});
  if (found.empty())
    return false;
  (*found.mapped().who)(std::move(answer));
  return true;
}

void call_table::unanswered(const std::string& node, uint64_t id) {
  askers_.erase({node, id});
}

void call_table::answering(const std::string& node, uint64_t id, answerer who, time_point deadline) {
  if (waiting() < most_)
    answerers_[{node, id}] = {std::move(who), deadline};
}

void call_table::receipt(const std::string& node, uint64_t id, bool reached) {
  const auto found = answerers_.find({node, id});
  if (found == answerers_.end())
    return;
  (*found->second.who)(reached ? answer_fate::reached : answer_fate::returned);
  if (!reached)
    answerers_.erase(found);
}

void call_table::lost(const std::string& node) {
  auto is_of_it = [&](const auto& x) { return x.first.first == node; };
  std::erase_if(askers_, is_of_it);
  std::erase_if(answerers_, is_of_it);
}

void call_table::expire(time_point now) {
  auto is_over = [&](const auto& x) { return x.second.deadline <= now; };
  std::erase_if(askers_, is_over);
  std::erase_if(answerers_, is_over);
}

} // namespace bennu::engine
