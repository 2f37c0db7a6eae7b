#include "transport/publish/api_request.hpp"

#include <string>

#include "transport/publish/commands.hpp"

namespace bennu::engine {

api_request::api_request(api_action of, known_key_ptr key, http_request request, http_reply reply)
  : what(of), by(std::move(key)), in(std::move(request)), size_(size_of(in)),
    reply_([this, reply = std::move(reply)](std::optional<http_response> x) {
      room_of(*by, what).leave(size_);
      auto answer = x ? std::move(*x) : unavailable();
      if (span) {
        span->set("http.response.status_code", static_cast<int64_t>(answer.status));
        if (answer.status >= 500)
          span->fail("it is answered " + std::to_string(answer.status));
        span->end();
      }
      reply(std::move(answer));
    }) {}

void api_request::answer(http_response x) {
  if (!reply_.told())
    reply_(std::move(x));
}

bool api_request::resize(size_t bytes) noexcept {
  if (reply_.told() || !room_of(*by, what).resize(size_, bytes))
    return false;
  size_ = bytes;
  return true;
}

size_t api_request::size_of(const http_request& x) noexcept {
  auto result = x.body.size() + x.target.size();
  for (const auto& [name, value] : x.headers)
    result += name.size() + value.size();
  return result;
}

waiting_room& api_request::room_of(const known_key& by, api_action what) noexcept {
  return what == api_action::topics ? by.counting : by.waiting;
}

} // namespace bennu::engine
