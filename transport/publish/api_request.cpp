#include "transport/publish/api_request.hpp"

#include "transport/publish/commands.hpp"

namespace bennu::engine {

api_request::api_request(api_action of, known_key_ptr key, http_request request, http_reply reply) noexcept
  : what(of), by(std::move(key)), in(std::move(request)), reply_(std::move(reply)) {}

api_request::~api_request() {
  if (reply_)
    answer(unavailable());
}

void api_request::answer(http_response x) {
  if (auto reply = std::exchange(reply_, nullptr)) {
    by->waiting.leave(size_of(in));
    reply(std::move(x));
  }
}

size_t api_request::size_of(const http_request& x) noexcept {
  return x.body.size() + x.target.size();
}

} // namespace bennu::engine
