#include "apps/chat/user_socket.hpp"

#include "apps/chat/http_api.hpp"

namespace chat {

bennu::connect_result user_socket::connect(const bennu::connect_info& info) {
  auto owner = shared_->tokens.read(info.param("token"), unix_seconds());
  if (!owner)
    return bennu::connect_refused{403, ""};
  owner_ = *owner;
  return bennu::connected{};
}

} // namespace chat
