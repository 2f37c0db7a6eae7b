#pragma once

#include <string>

#include <bennu/actors/socket.hpp>

namespace bennu::probe {

/// Accepts all clients except those that ask for a refusal: `reject=true` (403), `ratelimit=true` (429).
class probe_socket : public bennu::socket {
public:
  connect_result connect(const connect_info& info) override {
    if (info.param("reject") == "true")
      return connect_refused{403, {}};
    if (info.param("ratelimit") == "true")
      return connect_refused{429, {}};
    user_id_ = info.param("user_id");
    return connected{};
  }

  std::string id() const override { return user_id_.empty() ? "" : "user_sockets:" + user_id_; }

  const std::string& user_id() const noexcept { return user_id_; }

private:
  std::string user_id_;
};

} // namespace bennu::probe
