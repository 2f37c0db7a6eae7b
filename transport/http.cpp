#include <bennu/transport/http.hpp>

#include <strings.h>

namespace bennu {

std::optional<std::string_view> http_request::find(std::string_view name) const {
  for (auto& [key, value] : headers)
    if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0)
      return value;
  return std::nullopt;
}

http_response http_response::json(unsigned status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

http_response http_response::text(unsigned status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

} // namespace bennu
