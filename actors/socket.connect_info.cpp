#include <strings.h>

#include <bennu/actors/socket.hpp>

namespace bennu {

namespace {

bool begins_with(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && ::strncasecmp(text.data(), prefix.data(), prefix.size()) == 0;
}

std::string_view trimmed(std::string_view x) noexcept {
  const auto first = x.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : x.substr(first, x.find_last_not_of(" \t") - first + 1);
}

} // namespace

std::string_view connect_info::header(std::string_view name) const noexcept {
  for (auto& [key, value] : headers)
    if (key.size() == name.size() && begins_with(key, name))
      return value;
  return {};
}

std::string_view connect_info::cookie(std::string_view name) const noexcept {
  for (auto& [key, value] : headers) {
    if (key.size() != 6 || !begins_with(key, "cookie"))
      continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto end = rest.find(';');
      const auto pair = trimmed(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name)
        return pair.substr(equals + 1);
    }
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> connect_info::headers_that_begin(std::string_view prefix) const {
  std::vector<std::pair<std::string, std::string>> result;
  for (auto& x : headers)
    if (begins_with(x.first, prefix))
      result.push_back(x);
  return result;
}

} // namespace bennu
