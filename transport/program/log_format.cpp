#include "transport/program/log_format.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <ctime>

#include <nlohmann/json.hpp>

#include "actors/json/printable.hpp"
#include "transport/program/logging.hpp"

namespace bennu::engine {

namespace {

constexpr std::string_view hidden = "[hidden]";

// Of a line's 2 KB: room for the time, the name and several fields.
constexpr size_t max_field_bytes = 512;
constexpr size_t max_short_field_bytes = 64;

std::string lower_case(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

template <size_t N>
bool mentions_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

// Names in front of a plain colon. A token is none: "invalid token: …" is the text of an error, and so is
// "--api-key: …".
bool is_header_name(std::string_view name) {
  if (name.starts_with('-'))
    return false;
  constexpr std::array<std::string_view, 6> words = {"authorization", "cookie",  "password",
                                                     "secret",        "api_key", "api-key"};
  return mentions_one_of(name, words) || name.find('-') != std::string_view::npos;
}

/// Finds the values of secret names in a text.
class secret_finder {
public:
  explicit secret_finder(std::string_view text) : text_(text) {}

  std::string hide() {
    constexpr std::string_view subprotocol = "base64url.bearer.phx.";
    while (at_ < text_.size()) {
      if (text_.substr(at_, subprotocol.size()) == subprotocol) {
        take(subprotocol.size());
        replace(end_of([](char c) { return !is_word(c) && c != '='; }));
      } else if (is_word(text_[at_])) {
        word();
      } else {
        take(1);
      }
    }
    return std::move(result_);
  }

private:
  void word() {
    const auto name = lower_case(text_.substr(at_, end_of([](char c) { return !is_word(c); }) - at_));
    take(name.size());
    if (!is_secret_name(name))
      return;
    auto next = at_;
    const bool is_quoted = quote_at(next);
    if (is_quoted)
      next += quote_bytes(next);
    skip_spaces(next);
    const auto sign = next < text_.size() ? text_[next] : ' ';
    if (sign == ':' && name.front() == '-') // "--api-key: …" begins an error about an option
      return;
    if (sign != '=' && (sign != ':' || (!is_quoted && !is_header_name(name))))
      return;
    ++next;
    skip_spaces(next);
    take(next - at_);
    value(sign == ':' && !is_quoted);
  }

  void value(bool is_of_header) {
    if (text_.substr(at_, hidden.size()) == hidden) // the text may have been looked at before
      return take(hidden.size());
    if (quote_at(at_)) {
      const auto mark = text_.substr(at_, quote_bytes(at_));
      take(mark.size());
      auto end = at_;
      while (end < text_.size() && text_.substr(end, mark.size()) != mark)
        end += text_[end] == '\\' && mark.size() == 1 ? 2 : 1;
      return replace(std::min(end, text_.size()));
    }
    if (is_of_header)
      return replace(end_of([](char c) { return c == '\r' || c == '\n' || c == '"'; }));
    constexpr std::string_view ends = "&;,}])\"' \t\r\n";
    replace(end_of([&ends](char c) { return ends.find(c) != std::string_view::npos; }));
  }

  // JSON within JSON has escaped quotation marks.
  bool quote_at(size_t i) const { return text_.substr(i, 1) == "\"" || text_.substr(i, 2) == "\\\""; }
  size_t quote_bytes(size_t i) const { return text_[i] == '"' ? 1 : 2; }

  void skip_spaces(size_t& i) const {
    while (i < text_.size() && text_[i] == ' ')
      ++i;
  }

  template <class Ends>
  size_t end_of(Ends ends) const {
    auto i = at_;
    while (i < text_.size() && !ends(text_[i]))
      ++i;
    return i;
  }

  void take(size_t bytes) {
    result_ += text_.substr(at_, bytes);
    at_ += bytes;
  }

  void replace(size_t end) {
    if (end > at_)
      result_ += hidden;
    at_ = end;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string result_;
};

// The beginning of a text without its secrets, and the length of the whole when that is longer.
struct shown {
  explicit shown(const metadata& x, size_t max_bytes) {
    const auto begin = x.text.substr(0, max_bytes);
    text = is_secret_name(x.name) ? std::string{hidden} : without_secrets(begin);
    whole_bytes = begin.size() < x.text.size() ? x.text.size() : 0;
  }
  std::string text;
  size_t whole_bytes;
};

std::string time_text(std::chrono::system_clock::time_point at) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  auto fraction = std::to_string(ms % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::string{text.data(), size} + "." + fraction + "Z";
}

nlohmann::ordered_json head_of(const log_origin& from) {
  return {{"time", time_text(from.at)}, {"level", from.level}, {"program", printable(from.program, 64)}};
}

std::string dump(const nlohmann::ordered_json& x) {
  return x.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_of(const log_origin& from, const telemetry_event& event, uint64_t held_back, size_t max_bytes) {
  auto line = head_of(from);
  line["event"] = printable(event.name, max_short_field_bytes);
  auto& numbers = line["measurements"] = nlohmann::ordered_json::object();
  for (const auto& x : event.measurements)
    numbers[std::string{x.name}] = x.value;
  auto& texts = line["fields"] = nlohmann::ordered_json::object();
  for (const auto& x : event.fields) {
    const shown one{x, max_bytes};
    texts[std::string{x.name}] = printable(one.text, max_bytes, one.whole_bytes);
  }
  if (held_back > 0)
    line["held_back"] = held_back;
  return dump(line);
}

} // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 9> words = {"token",   "password", "passwd", "secret",    "authorization",
                                                     "api_key", "api-key",  "apikey", "credential"};
  const auto text = lower_case(name);
  return mentions_one_of(text, words) || text == "cookie" || text == "set-cookie";
}

std::string without_secrets(std::string_view text) {
  return secret_finder{text}.hide();
}

std::string log_line(const telemetry_event& event, uint64_t held_back) {
  std::string line{event.name};
  for (const auto& field : event.fields) {
    line += ' ';
    line += field.name;
    line += '=';
    const shown one{field, max_field_bytes};
    line += quoted(one.text, max_field_bytes, one.whole_bytes);
  }
  for (const auto& number : event.measurements) {
    line += ' ';
    line += number.name;
    line += '=';
    line += std::to_string(number.value);
  }
  if (held_back > 0)
    line += " (and " + std::to_string(held_back) + " more since the last such line)";
  return line;
}

std::string json_line(const log_origin& from, const telemetry_event& event, uint64_t held_back) {
  auto line = json_of(from, event, held_back, max_field_bytes);
  if (line.size() >= logging::max_line_bytes)
    line = json_of(from, event, held_back, max_short_field_bytes);
  return line;
}

std::string json_line(const log_origin& from, std::string_view message) {
  auto line = head_of(from);
  constexpr size_t most = logging::max_line_bytes / 2 - 256; // escapes double it at most
  const auto begin = message.substr(0, most);
  line["message"] = printable(without_secrets(begin), most, begin.size() < message.size() ? message.size() : 0);
  return dump(line);
}

} // namespace bennu::engine
