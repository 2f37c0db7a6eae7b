// The text form of a fault_rule.
#include <charconv>
#include <sstream>
#include <tuple>
#include <utility>

#include <bennu/supervision/fault.hpp>

namespace bennu {

namespace {

[[noreturn]] void unreadable(const std::string& why) {
  throw std::invalid_argument("not a fault rule: " + why);
}

// The next word, and what follows it. Quotes keep blanks within a word: label="room_channel room:*"
std::pair<std::string, std::string_view> next_word(std::string_view text) {
  std::string word;
  bool quoted = false;
  size_t i = 0;
  for (; i < text.size() && (quoted || text[i] != ' '); ++i) {
    if (text[i] == '"')
      quoted = !quoted;
    else
      word += text[i];
  }
  if (quoted)
    unreadable("a quote is not closed");
  const auto rest = text.find_first_not_of(' ', i);
  return {std::move(word), rest == std::string_view::npos ? std::string_view{} : text.substr(rest)};
}

template <class Number>
Number number_in(const std::string& key, const std::string& value, const char* allowed) {
  Number result{};
  const auto end = value.data() + value.size();
  const auto [stop, fault] = std::from_chars(value.data(), end, result);
  if (fault != std::errc{} || stop != end)
    unreadable(key + "=" + value + ": " + allowed);
  return result;
}

fault_action action_in(const std::string& word) {
  for (auto x : {fault_action::crash, fault_action::delay, fault_action::drop, fault_action::refuse})
    if (to_string(x) == word)
      return x;
  unreadable("it begins with crash, delay, drop or refuse, not with \"" + word + "\"");
}

void set(fault_rule& rule, const std::string& key, const std::string& value) {
  constexpr auto whole = "a whole number, 0 or more";
  if (key == "label") {
    rule.label = value;
  } else if (key == "event") {
    // As reports show a message: (string). Without the parentheses it is the same.
    rule.event =
      value.size() > 2 && value.front() == '(' && value.back() == ')' ? value.substr(1, value.size() - 2) : value;
  } else if (key == "probability") {
    rule.probability = number_in<double>(key, value, "more than 0, at most 1");
    if (!(rule.probability > 0 && rule.probability <= 1))
      unreadable(key + "=" + value + ": more than 0, at most 1");
  } else if (key == "seed") {
    rule.seed = number_in<uint64_t>(key, value, whole);
  } else if (key == "times") {
    rule.times = number_in<uint64_t>(key, value, whole);
  } else if (key == "time") {
    rule.time = std::chrono::milliseconds{number_in<uint32_t>(key, value, "milliseconds, a whole number")};
  } else {
    unreadable("it takes label, event, probability, seed, times and time, not \"" + key + "\"");
  }
}

std::string quoted(const std::string& text) {
  return text.find(' ') == std::string::npos ? text : '"' + text + '"';
}

} // namespace

fault_rule fault_rule::parse(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  auto [word, rest] = next_word(begin == std::string_view::npos ? std::string_view{} : text.substr(begin));
  fault_rule result;
  result.what = action_in(word);
  while (!rest.empty()) {
    std::tie(word, rest) = next_word(rest);
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals + 1 == word.size())
      unreadable("\"" + word + "\" is not of the form name=value");
    set(result, word.substr(0, equals), word.substr(equals + 1));
  }
  if (result.what == fault_action::refuse && !matches_pattern(result.event, "start"))
    unreadable("refuse prevents the start of a child, whose event is start, not \"" + result.event + "\"");
  return result;
}

std::string to_string(const fault_rule& rule) {
  const fault_rule plain;
  std::ostringstream out;
  out << to_string(rule.what) << " label=" << quoted(rule.label) << " event=" << quoted(rule.event);
  if (rule.probability != plain.probability)
    out << " probability=" << rule.probability;
  if (rule.seed != plain.seed)
    out << " seed=" << rule.seed;
  if (rule.times != plain.times)
    out << " times=" << rule.times;
  if (rule.time != plain.time)
    out << " time=" << rule.time.count();
  return out.str();
}

} // namespace bennu
