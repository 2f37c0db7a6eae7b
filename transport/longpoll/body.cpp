#include "transport/longpoll/body.hpp"

#include <algorithm>

#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include "actors/wire/base64.hpp"
#include "actors/wire/serializer_parts.hpp"

namespace bennu::engine {

namespace {

std::optional<posted_message> message_of_line(std::string_view line) {
  if (line.front() == '[' || line.front() == '{')
    return posted_message{opcode::text, std::string{line}};
  auto bytes = decode_base64(line);
  if (!bytes)
    return std::nullopt;
  return posted_message{opcode::binary, std::move(*bytes)};
}

// Takes the fields of a binary message off its front; the sizes come before them.
class binary_fields {
public:
  binary_fields(std::string_view body, size_t count) : sizes_(body.substr(1, count)), rest_(body.substr(1 + count)) {}

  std::string_view next() {
    const auto size = static_cast<unsigned char>(sizes_.front());
    sizes_.remove_prefix(1);
    const auto field = rest_.substr(0, size);
    rest_.remove_prefix(field.size());
    return field;
  }

  std::string next_ref() {
    const auto field = next();
    return field.empty() ? "null" : json_string(field);
  }

  std::string bytes() const { return text_of_bytes(rest_); }

private:
  std::string_view sizes_;
  std::string_view rest_;
};

} // namespace

posted_batch split_post(std::string_view content_type, std::string_view body) {
  posted_batch result;
  if (content_type != "application/x-ndjson") {
    result.messages.emplace_back(posted_message{opcode::text, std::string{body}});
    return result;
  }
  const auto skip_empty_lines = [&body] { body.remove_prefix(std::min(body.find_first_not_of("\r\n"), body.size())); };
  for (skip_empty_lines(); !body.empty(); skip_empty_lines()) {
    if (result.messages.size() == max_batch_messages) {
      result.has_more = true;
      break;
    }
    auto line = body.substr(0, body.find('\n'));
    body.remove_prefix(line.size());
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    result.messages.push_back(message_of_line(line));
  }
  return result;
}

std::string poll_answer(unsigned status, std::string_view token, std::span<const frame_ptr> messages) {
  std::string result =
    R"({"status":)" + std::to_string(status) + R"(,"token":)" + json_string(token) + R"(,"messages":[)";
  for (const auto& x : messages) {
    if (result.back() != '[')
      result += ',';
    if (x->kind() == opcode::binary && x->is_foreign()) {
      result += '"';
      append_base64(result, x->body());
      result += '"';
    } else if (x->kind() == opcode::binary)
      append_json_string(result, text_of_binary(x->body()));
    else
      append_json_string(result, x->body());
  }
  return result + "]}";
}

std::string status_answer(unsigned status, std::span<const size_t> refused) {
  std::string result = R"({"status":)" + std::to_string(status);
  for (const auto place : refused)
    result += (place == refused.front() ? R"(,"refused":[)" : ",") + std::to_string(place);
  return result + (refused.empty() ? "}" : "]}");
}

std::string batch_too_long_answer(std::span<const size_t> refused) {
  auto result = status_answer(413, refused);
  result.pop_back();
  const auto bound = std::to_string(max_batch_messages);
  return result + R"(,"handled":)" + bound + R"(,"max_messages":)" + bound + "}";
}

std::string refusal_answer(unsigned status, std::string_view body) {
  std::string result = R"({"status":403)";
  if (status != 403)
    result += R"(,"refused_with":)" + std::to_string(status);
  if (!body.empty() && is_utf8(body)) {
    result += R"(,"body":)";
    append_json_string(result, body);
  }
  return result + "}";
}

std::string text_of_binary(std::string_view body) {
  constexpr char push = 0;
  constexpr char reply = 1;
  if (body.front() == push) {
    binary_fields x{body, 3};
    const auto join_ref = x.next_ref();
    const auto topic = json_string(x.next());
    const auto event = json_string(x.next());
    return "[" + join_ref + ",null," + topic + "," + event + "," + x.bytes() + "]";
  }
  if (body.front() == reply) {
    binary_fields x{body, 4};
    const auto join_ref = x.next_ref();
    const auto ref = x.next_ref();
    const auto topic = json_string(x.next());
    const auto status = json_string(x.next());
    return "[" + join_ref + "," + ref + "," + topic + R"(,"phx_reply",{"response":)" + x.bytes() + R"(,"status":)"
           + status + "}]";
  }
  binary_fields x{body, 2};
  const auto topic = json_string(x.next());
  const auto event = json_string(x.next());
  return "[null,null," + topic + "," + event + "," + x.bytes() + "]";
}

} // namespace bennu::engine
