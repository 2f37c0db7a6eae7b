#include "apps/chat/message_rules.hpp"

#include <algorithm>

#include "apps/chat/name_rules.hpp"

namespace chat {

verdict judge_message(std::string_view body, const word_filter& filter) {
  if (is_blank(body))
    return verdict::blank;
  if (body.size() > max_message_bytes)
    return verdict::too_long;
  return filter.refuses(body) ? verdict::inappropriate : verdict::fine;
}

std::vector<std::string> mentions_in(std::string_view body) {
  constexpr size_t max_mentions = 20;
  std::vector<std::string> names;
  for (auto at = body.find('@'); at != std::string_view::npos && names.size() < max_mentions;
       at = body.find('@', at + 1)) {
    if (at > 0 && is_name_char(body[at - 1]))
      continue;
    auto rest = body.substr(at + 1);
    auto end = std::find_if_not(rest.begin(), rest.end(), is_name_char);
    std::string name{rest.begin(), end};
    if (name.empty() || name.size() > max_name_bytes)
      continue;
    auto same = [&](const std::string& x) { return name_key(x) == name_key(name); };
    if (std::none_of(names.begin(), names.end(), same))
      names.push_back(std::move(name));
  }
  return names;
}

} // namespace chat
