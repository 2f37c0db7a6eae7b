#include "apps/chat/wire_format.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include "apps/chat/name_rules.hpp"

namespace chat {

json to_json(const user& x) {
  return {{"id", x.id}, {"name", x.name}};
}

json to_json(const room& x) {
  return {{"id", x.id}, {"name", x.name}, {"private", x.is_private}};
}

json to_json(const message& x) {
  return {{"id", x.id}, {"body", x.body}, {"user", to_json(x.author)}, {"timestamp", iso_time(x.sent_at_ms)}};
}

json to_json(const notification& x) {
  return {{"id", x.id}, {"room_id", x.room_id}, {"message_id", x.message_id}, {"from", x.from}, {"read", x.read}};
}

std::string iso_time(int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> date{}, text{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data(), text.size(), "%.20s.%03dZ", date.data(), static_cast<int>(ms % 1000));
  return text.data();
}

std::string avatar_url(const user& x) {
  return "/avatars/" + x.name + ".svg";
}

std::string avatar_svg(std::string_view name) {
  const auto key = name_key(name);
  uint32_t hash = 2166136261u; // FNV-1a
  for (unsigned char c : key)
    hash = (hash ^ c) * 16777619u;
  std::string initials;
  for (auto c : name.substr(0, 2))
    if (is_name_char(c)) // what is no name must not become markup
      initials += (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  return R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="hsl()svg"
         + std::to_string(hash % 360)
         + R"svg(,46%,44%)"/><text x="32" y="41" text-anchor="middle" font-family="system-ui,sans-serif" )svg"
           R"svg(font-size="26" font-weight="600" fill="#fff">)svg"
         + initials + "</text></svg>";
}

} // namespace chat
