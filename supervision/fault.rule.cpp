// The words of faults, and the text form of a fault_rule.
#include <array>
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

constexpr std::array words = {"crash", "delay", "drop", "refuse", "full_disk", "cut", "slow", "pause", "kill", "clock"};

fault_action action_in(const std::string& word) {
  const auto result = fault_action_of(word);
  if (!result)
    unreadable("it begins with crash, delay, drop, refuse or full_disk, not with \"" + word + "\"");
  if (!is_for_rules(*result))
    unreadable(word + " happens to a whole node or link: it is for clusters in a test and for bennu-node chaos");
  return *result;
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

std::string to_string(fault_action what) {
  return words[static_cast<size_t>(what)];
}

std::optional<fault_action> fault_action_of(std::string_view word) noexcept {
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i] == word)
      return static_cast<fault_action>(i);
  return std::nullopt;
}

void fault::check() const {
  const auto refuse = [this](const std::string& why) {
    throw std::invalid_argument("not a fault: " + to_string(rule.what) + " " + why);
  };
  const bool is_of_link = rule.what == fault_action::cut || rule.what == fault_action::slow;
  if (is_for_rules(rule.what))
    rule.check();
  if (is_of_link && peer.empty())
    refuse("needs the peer, the node at the other end of the link");
  if (is_of_link && peer == node)
    refuse("needs two different nodes; the peer is \"" + peer + "\", too");
  if (!is_of_link && !peer.empty())
    refuse("happens to one node and has no peer");
  if ((rule.what == fault_action::slow || rule.what == fault_action::pause) && rule.time.count() <= 0)
    refuse("needs a time, in milliseconds, more than 0");
  if (rule.what == fault_action::clock && jump.count() == 0)
    refuse("needs a jump, in milliseconds; negative: back");
}

std::string to_string(const fault& x) {
  const auto on = x.node.empty() ? std::string{} : " on " + x.node;
  const auto self = x.node.empty() ? std::string{"the node"} : x.node;
  const auto ms = [](auto time) { return std::to_string(time.count()) + " ms"; };
  switch (x.rule.what) {
    case fault_action::cut:
      return "cut " + self + " from " + x.peer;
    case fault_action::slow:
      return "slow what " + self + " hears of " + x.peer + " by " + ms(x.rule.time);
    case fault_action::pause:
      return "pause " + self + " for " + ms(x.rule.time);
    case fault_action::kill:
      return "kill " + self;
    case fault_action::clock:
      return "clock of " + self + " jumps by " + ms(x.jump);
    default:
      return to_string(x.rule) + on;
  }
}

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
  result.check();
  return result;
}

void fault_rule::check() const {
  if (!(probability > 0 && probability <= 1))
    unreadable("the probability is more than 0, at most 1");
  if (what == fault_action::refuse && !matches_pattern(event, "start"))
    unreadable("refuse prevents the start of a child, whose event is start, not \"" + event + "\"");
  if (what == fault_action::full_disk && !matches_pattern(event, "write"))
    unreadable("full_disk prevents that a file is written, whose event is write, not \"" + event + "\"");
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
