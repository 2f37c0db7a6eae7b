#include <cstdio>
#include <memory>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "actors/payload.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/jwt.hpp>
#include <bennu/transport/server.hpp>

// A whole server as another project writes it: it starts, has a port, and stops its tree.

class jwt_socket : public bennu::socket {
public:
  explicit jwt_socket(std::shared_ptr<const bennu::jwt_keys> keys) : keys_(std::move(keys)) {}

  bennu::connect_result connect(const bennu::connect_info& info) override {
    const auto checked = keys_->verify(info.auth_token);
    const auto* claims = std::get_if<bennu::json>(&checked);
    if (!claims)
      return bennu::connect_refused{};
    return bennu::connected{.expires_after = bennu::jwt_time_left(*claims)};
  }

private:
  std::shared_ptr<const bennu::jwt_keys> keys_;
};

class lobby : public bennu::channel {
public:
  using channel::channel;
  bennu::join_result join(const bennu::json&) override { return bennu::accept{}; }
};

int main() {
  static_assert(!std::is_same_v<own_payload, bennu::payload>);
  bennu::application_options options;
  options.web.port = 0;
  bennu::application app{options};
  const auto keys = std::make_shared<const bennu::jwt_keys>(std::vector{std::string(32, 's')});
  app.web().add(bennu::endpoint{"/socket"}.serve<jwt_socket>({}, keys).channel<lobby>("room:*"));
  app.start();
  const bool listens = app.web().port() != 0;
  const auto token = keys->sign({{"sub", "ann"}}, std::chrono::hours{1});
  const bool trusts = std::holds_alternative<bennu::json>(keys->verify(token));
  app.stop();
  std::puts(!listens ? "no port" : trusts ? "works" : "no trust");
  return listens && trusts ? 0 : 1;
}
