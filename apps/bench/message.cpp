#include "apps/bench/message.hpp"

#include <array>
#include <charconv>

namespace bennu::bench {

namespace {

// The position just after the string that begins at `i`.
size_t skip_string(std::string_view text, size_t i) {
  for (++i; i < text.size() && text[i] != '"'; ++i)
    if (text[i] == '\\')
      ++i;
  return i + 1;
}

} // namespace

std::optional<message_view> cut(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']')
    return std::nullopt;
  std::array<std::string_view, 5> elements;
  size_t begin = 1;
  size_t i = 1;
  // The payload is everything after the fourth comma; it is not looked into.
  for (size_t n = 0; n < 4; ++n) {
    while (i < text.size() && text[i] != ',')
      i = text[i] == '"' ? skip_string(text, i) : i + 1;
    if (i >= text.size())
      return std::nullopt;
    elements[n] = text.substr(begin, i - begin);
    begin = ++i;
  }
  elements[4] = text.substr(begin, text.size() - 1 - begin);
  return message_view{elements[0], elements[1], elements[2], elements[3], elements[4]};
}

std::string write_message(std::string_view join_ref, std::string_view ref, std::string_view topic,
                          std::string_view event, std::string_view payload) {
  std::string out;
  out.reserve(32 + topic.size() + event.size() + payload.size());
  out.append("[\"").append(join_ref).append("\",\"").append(ref).append("\",\"");
  out.append(topic).append("\",\"").append(event).append("\",").append(payload).append("]");
  return out;
}

std::optional<uint64_t> number_in(std::string_view json, std::string_view quoted_key) {
  auto at = json.find(quoted_key);
  if (at == std::string_view::npos)
    return std::nullopt;
  at += quoted_key.size();
  while (at < json.size() && (json[at] == ':' || json[at] == ' '))
    ++at;
  uint64_t value = 0;
  const auto* end = json.data() + json.size();
  const auto [stop, error] = std::from_chars(json.data() + at, end, value);
  return error == std::errc{} ? std::optional{value} : std::nullopt;
}

std::string numbered_payload(size_t publisher, uint64_t number, size_t pad_bytes) {
  std::string out = "{\"p\":" + std::to_string(publisher) + ",\"n\":" + std::to_string(number);
  out += ",\"pad\":\"";
  out.append(pad_bytes, 'x');
  out += "\"}";
  return out;
}

} // namespace bennu::bench
