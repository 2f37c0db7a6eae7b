#include "transport/publish/publish_reader.hpp"

#include <utility>

#include "actors/json/text.hpp"
#include "transport/publish/members.hpp"

namespace bennu::engine {

void complaints::add(size_t index, std::string_view reason) {
  list_ += list_.empty() ? "" : ",";
  list_ += R"({"index":)" + std::to_string(index) + R"(,"reason":)" + json_string(reason) + "}";
}

http_response complaints::answer(unsigned status) const {
  return api_answer(status, R"({"errors":[)" + list_ + "]}");
}

namespace {

std::optional<std::string> read_message(std::string_view text, publish_command& to) {
  json_members in{{"topic", "event", "payload"}};
  if (auto wrong = in.read(text))
    return wrong;
  if (auto wrong = in.text(0, api_topic_rule, to.topic))
    return wrong;
  if (auto wrong = in.text(1, api_event_rule, to.event))
    return wrong;
  if (is_of_server(to.topic))
    return "topics that begin with \"bennu:\" belong to the server";
  if (auto wrong = fault_of_event(to.event))
    return wrong;
  to.body = payload::from_text(std::string{in.value(2)});
  return std::nullopt;
}

} // namespace

size_t size_of(const publish_command& x) noexcept {
  constexpr size_t of_allocators = 64;
  return sizeof x + of_allocators + x.topic.capacity() + x.event.capacity() + x.body.bytes().size();
}

bool publish_reader::read_some(size_t bytes) {
  const auto begin = in_.offset();
  while (!fault_)
    if (read_next())
      return true;
    else if (in_.offset() - begin >= bytes)
      return false;
  return true;
}

// Returns whether nothing follows.
bool publish_reader::read_next() {
  if (!std::exchange(has_begun_, true)) {
    is_list_ = in_.accept('[');
    if (is_list_ && in_.accept(']'))
      return finish({});
  }
  if (count_ == max_api_messages) {
    fault_ = api_error(413, "a request publishes at most " + std::to_string(max_api_messages) + " messages");
    return true;
  }
  const auto text = in_.value();
  if (!text)
    return finish(in_.problem());
  read(*text);
  if (is_list_ && in_.accept(','))
    return false;
  return finish(is_list_ && !in_.accept(']') ? "expected ',' or ']'" : "");
}

bool publish_reader::finish(std::string_view problem) {
  if (problem.empty() && !in_.at_end())
    problem = "something follows the value";
  if (!problem.empty())
    fault_ = not_json(problem, in_.offset());
  return true;
}

void publish_reader::read(std::string_view text) {
  const auto index = count_++;
  publish_command next;
  if (const auto wrong = read_message(text, next))
    return bad_.add(index, *wrong);
  if (!by_.may_use(next.topic))
    return forbidden_.add(index, no_right("this topic"));
  bytes_ += size_of(next);
  messages_.push_back(std::move(next));
}

checked<std::vector<publish_command>> publish_reader::take() {
  if (fault_)
    return std::move(*fault_);
  if (!bad_.empty())
    return bad_.answer(422);
  if (!forbidden_.empty())
    return forbidden_.answer(403);
  return std::move(messages_);
}

checked<std::vector<publish_command>> read_publish(std::string_view body, const known_key& by) {
  publish_reader reader{body, by};
  while (!reader.read_some(body.size())) {}
  return reader.take();
}

} // namespace bennu::engine
