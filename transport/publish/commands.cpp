#include "transport/publish/commands.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"
#include "transport/http/uri.hpp"
#include "transport/publish/members.hpp"

namespace bennu::engine {

http_response api_answer(unsigned status, std::string json) {
  auto result = http_response::json(status, std::move(json));
  result.headers.emplace_back("Cache-Control", "no-store");
  return result;
}

http_response api_error(unsigned status, std::string_view why) {
  return api_answer(status, R"({"error":)" + json_string(why) + "}");
}

http_response accepted(uint64_t messages, const std::set<std::string>& missing_nodes) {
  auto result = R"({"accepted":)" + std::to_string(messages);
  std::string names;
  for (const auto& x : missing_nodes)
    names += (names.empty() ? "" : ",") + json_string(x);
  if (!names.empty())
    result += R"(,"missing_nodes":[)" + names + "]";
  return api_answer(202, result + "}");
}

http_response too_many(std::string_view why, std::chrono::milliseconds later) {
  auto result = api_error(429, why);
  const auto seconds = std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(later).count());
  result.headers.emplace_back("Retry-After", std::to_string(seconds));
  return result;
}

http_response not_json(std::string_view problem, size_t at) {
  return api_error(400, "the body is not JSON: " + std::string{problem} + ", at byte " + std::to_string(at));
}

std::string no_right(std::string_view what) {
  return "this key may not use " + std::string{what};
}

http_response unavailable() {
  auto result = api_error(503, "the node cannot answer now; repeat the request");
  result.headers.emplace_back("Retry-After", "1");
  return result;
}

namespace {

// What is wrong with the body as a whole.
std::optional<http_response> fault_of_body(std::string_view body) {
  json_scanner in{body};
  if (in.value() && in.at_end())
    return std::nullopt;
  return not_json(in.problem() != nullptr ? in.problem() : "something follows the value", in.offset());
}

} // namespace

// -- the members of an object ---------------------------------------------------

std::optional<std::string> json_members::read(std::string_view text) {
  json_scanner in{text};
  if (const auto* expected = read_json_members(
        in, [this](std::string_view name, std::string_view, std::string_view value) { take(name, value); }))
    return expected;
  for (size_t i = 0; i < names_.size() && !problem_; ++i)
    if (values_[i].empty())
      problem_ = "the member \"" + std::string{names_[i]} + "\" is missing";
  return problem_;
}

std::optional<std::string> json_members::text(size_t i, const text_rule& rule, std::string& to) const {
  if (!values_[i].starts_with('"'))
    return std::string{rule.name} + " must be a string";
  to = decode_json_string(values_[i]);
  return to.empty() ? std::string{rule.name} + " must not be empty" : rule.problem(to);
}

void json_members::take(std::string_view name, std::string_view value) {
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == name) {
      if (!values_[i].empty() && !problem_)
        problem_ = "the member \"" + std::string{name} + "\" occurs twice";
      values_[i] = value;
      return;
    }
  if (!problem_)
    problem_ = "the object has an unknown member: check the names";
}

// -- the requests -----------------------------------------------------------------

bool is_of_server(std::string_view topic) noexcept {
  return topic.starts_with("bennu:");
}

std::optional<std::string> fault_of_event(std::string_view event) {
  for (const std::string prefix : {"phx_", "chan_reply_", "presence_"}) // phoenix.js hears replies as "chan_reply_REF"
    if (event.starts_with(prefix))
      return "events that begin with \"" + prefix + "\" belong to the protocol: a client would take them for its own";
  if (event == "position")
    return R"(the event "position" belongs to the history of topics: a client would go on from a wrong place)";
  return std::nullopt;
}

checked<std::string> read_disconnect(std::string_view body, const known_key& by) {
  if (auto fault = fault_of_body(body))
    return std::move(*fault);
  json_members in{{"id"}};
  std::string id;
  auto wrong = in.read(body);
  if (!wrong)
    wrong = in.text(0, api_id_rule, id);
  if (wrong)
    return api_error(422, *wrong);
  if (is_of_server(id))
    return api_error(422, "ids that begin with \"bennu:\" belong to the server");
  if (!by.may_use(id))
    return api_error(403, no_right("this id"));
  return id;
}

checked<std::string> read_presence(std::string_view query, const known_key& by) {
  const auto pairs = parse_query(query);
  if (!pairs || pairs->size() != 1 || pairs->front().first != "topic" || pairs->front().second.empty())
    return api_error(400, "the query must be topic=T, percent-encoded");
  const auto& topic = pairs->front().second;
  if (const auto wrong = api_topic_rule.problem(topic))
    return api_error(400, *wrong);
  if (!by.may_use(topic))
    return api_error(403, no_right("this topic"));
  return topic;
}

} // namespace bennu::engine
