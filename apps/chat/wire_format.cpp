#include "apps/chat/wire_format.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "apps/chat/text_rules.hpp"
#include <bennu/supervision/fault.hpp>

namespace chat {

namespace {

// Two characters with their marks. Other characters are left out, so that none becomes markup.
std::string initials(std::string_view name) {
  std::string two;
  for (size_t count = 0; !name.empty();) {
    const auto whole = name;
    const int x = take_code_point(name);
    if (!is_mark(x) && ++count > 2)
      break;
    if (is_name_character(x))
      two += whole.substr(0, whole.size() - name.size());
  }
  return upper_case(two);
}

} // namespace

json to_json(const user& x) {
  return {{"id", x.id}, {"name", x.name}};
}

json to_json(const room& x) {
  return {{"id", x.id}, {"name", x.name}, {"private", x.is_private}};
}

json to_json(const message& x) {
  json made{{"id", x.id}, {"body", x.body}, {"user", to_json(x.author)}, {"timestamp", iso_time(x.sent_at_ms)}};
  if (!x.client_id.empty())
    made["client_id"] = x.client_id;
  return made;
}

json unavailable_reason(const store_failure& why) {
  json made{{"reason", "unavailable"}};
  if (why.uncertain)
    made["may_be_stored"] = true;
  return made;
}

json to_json(const notification& x) {
  return {{"id", x.id}, {"room_id", x.room_id}, {"message_id", x.message_id}, {"from", x.from}, {"read", x.read}};
}

int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(bennu::wall_clock::now().time_since_epoch()).count();
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
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string url = "/avatars/";
  for (const char c : x.name) { // RFC 3986 §2.1
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && is_name_character(c))
      url += c;
    else
      url.append({'%', hex[byte >> 4], hex[byte & 15]});
  }
  return url + ".svg";
}

std::string avatar_svg(std::string_view name) {
  uint32_t hash = 2166136261u; // FNV-1a
  for (unsigned char c : name_key(name))
    hash = (hash ^ c) * 16777619u;
  return R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="hsl()svg"
         + std::to_string(hash % 360)
         + R"svg(,46%,44%)"/><text x="32" y="41" text-anchor="middle" font-family="system-ui,sans-serif" )svg"
           R"svg(font-size="26" font-weight="600" fill="#fff">)svg"
         + initials(name) + "</text></svg>";
}

} // namespace chat
