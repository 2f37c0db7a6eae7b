#include "apps/node/scenario.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "actors/json/fault_json.hpp"

namespace bennu::node_program {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

// A day: longer times are mistakes.
constexpr int64_t longest_time = 86'400'000;

[[noreturn]] void wrong(const std::string& why) {
  throw std::invalid_argument("not a scenario: " + why);
}

milliseconds time_in(const json& in, const char* member, int64_t least) {
  const auto& x = in.at(member);
  if (!x.is_number_unsigned() || x.get<uint64_t>() > longest_time || x.get<int64_t>() < least)
    throw std::invalid_argument(std::string{member} + " is " + x.dump() + ": milliseconds from " + std::to_string(least)
                                + " to " + std::to_string(longest_time) + " are needed");
  return milliseconds{x.get<int64_t>()};
}

std::map<std::string, std::filesystem::path> nodes_in(const json& in, const std::filesystem::path& folder) {
  const auto found = in.find("nodes");
  if (found == in.end() || !found->is_object() || found->empty())
    wrong("the member `nodes` has the name of each node with the path of its --control socket");
  std::map<std::string, std::filesystem::path> result;
  for (const auto& [name, path] : found->items()) {
    if (!path.is_string() || path == "")
      wrong("the node \"" + name + "\" needs the path of its --control socket");
    result.emplace(name, folder / path.get<std::string>());
  }
  return result;
}

bool is_over_by_itself(const fault& x) {
  return x.rule.what == fault_action::kill || x.rule.what == fault_action::pause;
}

// A step without the name of a node means the only one.
void find_node(fault& x, const scenario& in) {
  if (x.node.empty() && in.nodes.size() == 1)
    x.node = in.nodes.begin()->first;
  if (x.node.empty())
    throw std::invalid_argument("the member `node` says on which of the nodes");
  if (!in.nodes.contains(x.node))
    throw std::invalid_argument("`nodes` has no \"" + x.node + "\"");
}

scenario_step step_in(json in, size_t number, const scenario& all) {
  if (!in.is_object() || in.contains("fault") == in.contains("heal"))
    throw std::invalid_argument("a step has either `fault` or `heal`");
  scenario_step result{.number = number, .what = std::nullopt, .lasts = std::nullopt};
  if (in.contains("at"))
    result.at = time_in(in, "at", 0);
  if (in.contains("for"))
    result.lasts = time_in(in, "for", 1);
  in.erase("at");
  in.erase("for");
  if (in.contains("heal")) {
    if (in.size() != 1 || in.at("heal") != "all" || result.lasts)
      throw std::invalid_argument(R"(the only form is {"at": 8000, "heal": "all"})");
    return result;
  }
  result.what = engine::fault_from_json(in);
  find_node(*result.what, all);
  result.what->check(); // again, because the node is known now
  if (is_over_by_itself(*result.what) && result.lasts)
    throw std::invalid_argument("a " + to_string(result.what->rule.what) + " has no `for`");
  if (result.what->rule.what == fault_action::pause)
    result.lasts = result.what->rule.time;
  return result;
}

bool is_pause(const scenario_step& x) {
  return x.what && x.what->rule.what == fault_action::pause;
}

// When the node of a step that pauses or kills it answers again. A pause also ends when everything heals.
milliseconds end_of_silence(const scenario_step& silent, const scenario& all) {
  if (!silent.lasts)
    return milliseconds::max();
  auto result = silent.at + *silent.lasts;
  for (const auto& step : all.steps)
    if (!step.what && step.at > silent.at)
      result = std::min(result, step.at);
  return result;
}

// Whether a step asks its node for something while that answers nothing. What a killed node suffered has ended with it.
bool asks_in_vain(const scenario_step& step, const scenario_step& silent, milliseconds end) {
  if (step.number == silent.number || !step.what || step.what->node != silent.what->node)
    return false;
  const bool begins_after = step.at > silent.at || (step.at == silent.at && step.number > silent.number);
  if (begins_after && step.at < end)
    return true;
  const auto heals = step.at + step.lasts.value_or(milliseconds{0});
  return is_pause(silent) && !begins_after && !is_pause(step) && heals > silent.at && heals < end;
}

// A node that is paused or was killed answers nothing.
void require_answers(const scenario& x) {
  for (const auto& silent : x.steps) {
    if (!silent.what || !is_over_by_itself(*silent.what))
      continue;
    const auto end = end_of_silence(silent, x);
    for (const auto& step : x.steps)
      if (asks_in_vain(step, silent, end))
        wrong("step " + std::to_string(step.number) + " needs \"" + step.what->node
              + "\", when it begins or heals, to which step " + std::to_string(silent.number)
              + " does: " + to_string(*silent.what));
  }
}

} // namespace

scenario scenario::parse(std::string_view text, const std::filesystem::path& folder) {
  json in;
  try {
    in = json::parse(text, nullptr, true, true); // comments are allowed
  } catch (const json::parse_error& problem) {
    wrong(std::string{"it is not JSON: "} + problem.what());
  }
  const auto steps = in.is_object() ? in.find("steps") : in.end();
  if (!in.is_object() || in.size() != 2 || steps == in.end() || !steps->is_array() || steps->empty())
    wrong("it is an object with the members `nodes` and `steps`, a list");
  scenario result{.nodes = nodes_in(in, folder), .steps = {}};
  for (const auto& step : *steps) {
    const auto number = result.steps.size() + 1;
    try {
      result.steps.push_back(step_in(step, number, result));
    } catch (const std::invalid_argument& problem) {
      wrong("step " + std::to_string(number) + ": " + problem.what());
    }
  }
  require_answers(result);
  return result;
}

std::vector<scenario_moment> scenario::moments() const {
  std::vector<scenario_moment> result;
  for (size_t i = 0; i < steps.size(); ++i) {
    result.push_back({steps[i].at, i, !steps[i].what});
    if (steps[i].lasts)
      result.push_back({steps[i].at + *steps[i].lasts, i, true});
  }
  const auto rank = [this](const scenario_moment& x) { return !x.heals ? 2 : is_pause(steps[x.step]) ? 0 : 1; };
  std::stable_sort(result.begin(), result.end(), [&](const scenario_moment& a, const scenario_moment& b) {
    return a.at != b.at ? a.at < b.at : rank(a) < rank(b);
  });
  return result;
}

} // namespace bennu::node_program
