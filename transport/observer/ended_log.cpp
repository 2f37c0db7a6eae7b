#include "transport/observer/ended_log.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace bennu::engine {

namespace {

constexpr size_t max_text_bytes = 256;

std::string cut(std::string_view text) {
  auto size = std::min(text.size(), max_text_bytes);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
    --size; // not within a character
  return std::string{text.substr(0, size)};
}

bool is(const ended& x, std::string_view text) {
  return x.socket == text || x.peer == text || std::to_string(x.connection) == text;
}

bool contains(const ended& x, std::string_view text) {
  return x.socket.find(text) != std::string::npos || x.peer.find(text) != std::string::npos
         || std::to_string(x.connection).find(text) != std::string::npos;
}

uint64_t number_of(std::string_view text) {
  uint64_t result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

} // namespace

ended told_by(const telemetry_event& x) {
  const auto count = [&x](std::string_view key) { return static_cast<uint64_t>(x.number(key)); };
  return {.at = std::chrono::system_clock::now(),
          .connection = number_of(x.text("connection")),
          .socket = cut(x.text("socket")),
          .peer = cut(x.text("peer")),
          .transport = cut(x.text("transport")),
          .endpoint = cut(x.text("endpoint")),
          .reason = cut(x.text("reason")),
          .text = cut(x.text("text")),
          .code = static_cast<uint16_t>(x.number("code")),
          .age = std::chrono::milliseconds{x.number("age_ms")},
          .channels = count("channels"),
          .messages_in = count("messages_in"),
          .bytes_in = count("bytes_in"),
          .messages_out = count("messages_out"),
          .bytes_out = count("bytes_out")};
}

void ended_log::record(ended x) {
  std::lock_guard guard{mutex_};
  if (entries_.size() == max_entries_)
    entries_.pop_front();
  entries_.push_back(std::move(x));
}

std::vector<ended> ended_log::find(std::string_view text, size_t max) const {
  const auto those = [&](auto fits) {
    std::vector<ended> result;
    for (auto i = entries_.rbegin(); i != entries_.rend() && result.size() < max; ++i)
      if (fits(*i, text))
        result.push_back(*i);
    return result;
  };
  std::lock_guard guard{mutex_};
  auto exact = text.empty() ? std::vector<ended>{} : those(is);
  return exact.empty() ? those(contains) : exact;
}

} // namespace bennu::engine
