#include "transport/publish/commands.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"
#include "transport/http/uri.hpp"

namespace bennu::engine {

http_response api_answer(unsigned status, std::string json) {
  auto result = http_response::json(status, std::move(json));
  result.headers.emplace_back("Cache-Control", "no-store");
  return result;
}

http_response api_error(unsigned status, std::string_view why) {
  return api_answer(status, R"({"error":)" + json_string(why) + "}");
}

http_response accepted(uint64_t messages) {
  return api_answer(202, R"({"accepted":)" + std::to_string(messages) + "}");
}

http_response too_many(std::string_view why, std::chrono::milliseconds later) {
  auto result = api_error(429, why);
  const auto seconds = std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(later).count());
  result.headers.emplace_back("Retry-After", std::to_string(seconds));
  return result;
}

http_response unavailable() {
  auto result = api_error(503, "the node cannot answer now; repeat the request");
  result.headers.emplace_back("Retry-After", "1");
  return result;
}

namespace {

/// What is wrong with the messages of a list, by their index.
class complaints {
public:
  void add(size_t index, std::string_view reason) {
    list_ += list_.empty() ? "" : ",";
    list_ += R"({"index":)" + std::to_string(index) + R"(,"reason":)" + json_string(reason) + "}";
  }
  bool empty() const noexcept { return list_.empty(); }
  http_response answer(unsigned status) const { return api_answer(status, R"({"errors":[)" + list_ + "]}"); }

private:
  std::string list_;
};

/// The members of one object. A member that occurs twice is refused: two programs may take different ones for the true
/// one (RFC 8259 §4).
class members {
public:
  explicit members(std::vector<std::string_view> names) : names_(std::move(names)), values_(names_.size()) {}

  /// @returns what is wrong, or nothing. REQUIRES: `text` is JSON.
  std::optional<std::string> read(std::string_view text) {
    json_scanner in{text};
    if (const auto* expected = read_json_members(
          in, [this](std::string_view name, std::string_view, std::string_view value) { take(name, value); }))
      return expected;
    for (size_t i = 0; i < names_.size() && !problem_; ++i)
      if (values_[i].empty())
        problem_ = "the member \"" + std::string{names_[i]} + "\" is missing";
    return problem_;
  }

  std::string_view value(size_t i) const { return values_[i]; }

  /// Makes `to` the text of a member. @returns what is wrong with it, or nothing.
  std::optional<std::string> text(size_t i, const text_rule& rule, std::string& to) const {
    if (!values_[i].starts_with('"'))
      return std::string{rule.name} + " must be a string";
    to = decode_json_string(values_[i]);
    return to.empty() ? std::string{rule.name} + " must not be empty" : rule.problem(to);
  }

private:
  void take(std::string_view name, std::string_view value) {
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

  std::vector<std::string_view> names_, values_;
  std::optional<std::string> problem_;
};

std::optional<std::string> read_message(std::string_view text, publish_command& to) {
  members in{{"topic", "event", "payload"}};
  if (auto wrong = in.read(text))
    return wrong;
  if (auto wrong = in.text(0, api_topic_rule, to.topic))
    return wrong;
  if (auto wrong = in.text(1, api_event_rule, to.event))
    return wrong;
  if (is_of_server(to.topic))
    return "topics that begin with \"bennu:\" belong to the server";
  for (const std::string prefix : {"phx_", "chan_reply_"}) // phoenix.js hears replies as events "chan_reply_REF"
    if (to.event.starts_with(prefix))
      return "events that begin with \"" + prefix + "\" belong to the protocol: a client would take them for its own";
  to.body = payload::from_text(std::string{in.value(2)});
  return std::nullopt;
}

// What is wrong with the body as a whole.
std::optional<http_response> fault_of_body(std::string_view body) {
  json_scanner in{body};
  if (in.value() && in.at_end())
    return std::nullopt;
  const auto* problem = in.problem() != nullptr ? in.problem() : "something follows the value";
  return api_error(400, "the body is not JSON: " + std::string{problem} + ", at byte " + std::to_string(in.offset()));
}

// The texts of the messages, one more than allowed at most. REQUIRES: `body` is JSON.
std::vector<std::string_view> messages_in(std::string_view body) {
  json_scanner in{body};
  std::vector<std::string_view> result;
  if (!in.accept('['))
    return {*in.value()};
  if (in.accept(']'))
    return result;
  do
    result.push_back(*in.value());
  while (result.size() <= max_api_messages && in.accept(','));
  return result;
}

std::string no_right(std::string_view what) {
  return "this key may not use " + std::string{what};
}

} // namespace

checked<std::vector<publish_command>> read_publish(std::string_view body, const known_key& by) {
  if (auto fault = fault_of_body(body))
    return std::move(*fault);
  const auto texts = messages_in(body);
  if (texts.size() > max_api_messages)
    return api_error(413, "a request publishes at most " + std::to_string(max_api_messages) + " messages");
  std::vector<publish_command> result(texts.size());
  complaints bad, forbidden;
  for (size_t i = 0; i < texts.size(); ++i)
    if (const auto wrong = read_message(texts[i], result[i]))
      bad.add(i, *wrong);
    else if (!by.may_use(result[i].topic))
      forbidden.add(i, no_right("this topic"));
  if (!bad.empty())
    return bad.answer(422);
  if (!forbidden.empty())
    return forbidden.answer(403);
  return result;
}

bool is_of_server(std::string_view topic) noexcept {
  return topic.starts_with("bennu:");
}

checked<std::string> read_disconnect(std::string_view body, const known_key& by) {
  if (auto fault = fault_of_body(body))
    return std::move(*fault);
  members in{{"id"}};
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
