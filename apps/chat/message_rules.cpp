#include "apps/chat/message_rules.hpp"

#include <algorithm>

#include "apps/chat/name_rules.hpp"
#include "apps/chat/text_rules.hpp"

namespace chat {

namespace {

/// Takes the characters of a name from the start of `text`.
std::string take_name(std::string_view& text) {
  const auto whole = text;
  while (!text.empty()) {
    auto rest = text;
    if (!is_name_character(take_code_point(rest)))
      break;
    text = rest;
  }
  return std::string{whole.substr(0, whole.size() - text.size())};
}

} // namespace

verdict judge_message(std::string_view body, const word_filter& filter) {
  if (is_blank(body))
    return verdict::blank;
  if (body.size() > max_message_bytes)
    return verdict::too_long;
  if (has_control_characters(body))
    return verdict::control_characters;
  return filter.refuses(body) ? verdict::inappropriate : verdict::fine;
}

std::string message_form(std::string_view body) {
  return without_hidden_characters(body);
}

std::vector<std::string> mentions_in(std::string_view body) {
  constexpr size_t max_mentions = 20;
  std::vector<std::string> names, keys;
  bool inside_word = false;
  while (!body.empty() && names.size() < max_mentions) {
    const int x = take_code_point(body);
    const bool marks_a_name = x == '@' && !inside_word;
    inside_word = is_name_character(x);
    if (!marks_a_name)
      continue;
    auto name = name_form(take_name(body));
    inside_word = !name.empty();
    auto key = name_key(name);
    if (complaint_about_name(name) || std::find(keys.begin(), keys.end(), key) != keys.end())
      continue;
    names.push_back(std::move(name));
    keys.push_back(std::move(key));
  }
  return names;
}

} // namespace chat
