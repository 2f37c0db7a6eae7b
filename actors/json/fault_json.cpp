#include "actors/json/fault_json.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace bennu::engine {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

// A day: longer times are mistakes.
constexpr int64_t longest = 86'400'000;

// The members of each action besides `fault` and `node`.
std::vector<std::string> members_of(fault_action what) {
  using enum fault_action;
  switch (what) {
    case crash:
    case drop:
      return {"label", "event", "probability", "seed", "times"};
    case delay:
      return {"label", "event", "probability", "seed", "times", "time"};
    case refuse:
    case full_disk:
      return {"label", "probability", "seed", "times"};
    case cut:
      return {"peer"};
    case slow:
      return {"peer", "time"};
    case pause:
      return {"time"};
    case kill:
      return {};
    case clock:
      return {"jump"};
  }
  return {};
}

// Its time has no usual value.
bool needs_time(fault_action what) noexcept {
  return what == fault_action::slow || what == fault_action::pause;
}

[[noreturn]] void wrong(const std::string& why) {
  throw std::invalid_argument("not a fault: " + why);
}

std::string text_in(const json& in, const char* member, const std::string& otherwise) {
  const auto found = in.find(member);
  if (found == in.end())
    return otherwise;
  if (!found->is_string() || found->empty() || *found == "")
    wrong(std::string{member} + " is " + found->dump() + ": a text is needed");
  return *found;
}

int64_t number_in(const json& in, const char* member, int64_t least, int64_t most, int64_t otherwise) {
  const auto found = in.find(member);
  if (found == in.end())
    return otherwise;
  const bool fits = found->is_number_integer() && !(found->is_number_unsigned() && found->get<uint64_t>() > INT64_MAX)
                    && found->get<int64_t>() >= least && found->get<int64_t>() <= most;
  if (!fits)
    wrong(std::string{member} + " is " + found->dump() + ": a whole number from " + std::to_string(least) + " to "
          + std::to_string(most) + " is needed");
  return found->get<int64_t>();
}

double probability_in(const json& in) {
  const auto found = in.find("probability");
  if (found == in.end())
    return 1;
  if (!found->is_number())
    wrong("probability is " + found->dump() + ": a number more than 0, at most 1, is needed");
  return found->get<double>();
}

void refuse_unknown_members(const json& in, const std::string& word, const std::vector<std::string>& allowed) {
  for (const auto& [member, value] : in.items()) {
    if (member == "fault" || member == "node" || std::find(allowed.begin(), allowed.end(), member) != allowed.end())
      continue;
    std::string list = "node";
    for (const auto& x : allowed)
      list += ", " + x;
    wrong(word + " has the members " + list + ", not \"" + member + "\"");
  }
}

} // namespace

json to_json(const fault& x) {
  const auto members = members_of(x.rule.what);
  const auto has = [&](const char* member) {
    return std::find(members.begin(), members.end(), member) != members.end();
  };
  const fault plain;
  json result{{"fault", to_string(x.rule.what)}};
  const auto add = [&](const char* member, const auto& value, const auto& usual) {
    if (has(member) && value != usual)
      result[member] = value;
  };
  if (!x.node.empty())
    result["node"] = x.node;
  add("label", x.rule.label, plain.rule.label);
  add("event", x.rule.event, plain.rule.event);
  add("probability", x.rule.probability, plain.rule.probability);
  add("seed", x.rule.seed, plain.rule.seed);
  add("times", x.rule.times, plain.rule.times);
  add("time", x.rule.time.count(), needs_time(x.rule.what) ? -1 : plain.rule.time.count());
  add("peer", x.peer, plain.peer);
  add("jump", x.jump.count(), plain.jump.count());
  return result;
}

fault fault_from_json(const json& in) {
  if (!in.is_object())
    wrong("an object is needed, such as {\"fault\": \"kill\", \"node\": \"a\"}");
  const auto word = text_in(in, "fault", "");
  const auto what = fault_action_of(word);
  if (!what)
    wrong("\"" + word + "\": the words are crash, delay, drop, refuse, full_disk, cut, slow, pause, kill and clock");
  refuse_unknown_members(in, word, members_of(*what));
  constexpr int64_t any = INT64_MAX;
  fault result;
  result.rule.what = *what;
  result.node = text_in(in, "node", "");
  result.peer = text_in(in, "peer", "");
  result.rule.label = text_in(in, "label", result.rule.label);
  result.rule.event = text_in(in, "event", result.rule.event);
  result.rule.probability = probability_in(in);
  result.rule.seed = static_cast<uint64_t>(number_in(in, "seed", 0, any, 1));
  result.rule.times = static_cast<uint64_t>(number_in(in, "times", 0, any, 0));
  result.rule.time = milliseconds{number_in(in, "time", 1, longest, result.rule.time.count())};
  result.jump = milliseconds{number_in(in, "jump", -365 * longest, 365 * longest, 0)};
  if (needs_time(*what) && !in.contains("time"))
    wrong(word + " needs a time, in milliseconds");
  result.check();
  return result;
}

} // namespace bennu::engine
