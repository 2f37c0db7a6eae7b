// The code of apps/guide/sockets.md.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/testing/channel_case.hpp>
#include <bennu/transport/http.hpp>
#include <bennu/transport/jwt.hpp>
#include <bennu/transport/token.hpp>

using namespace std::chrono_literals;
using bennu::json;

namespace accounts {

using keys_ptr = std::shared_ptr<const bennu::token_keys>;

class user_socket : public bennu::socket {
public:
  explicit user_socket(keys_ptr keys) : keys_(std::move(keys)) {}

  bennu::connect_result connect(const bennu::connect_info& info) override {
    const auto checked = keys_->verify("user socket", info.auth_token, 24h);
    const auto* id = std::get_if<std::string>(&checked);
    if (id == nullptr)
      return bennu::connect_refused{403, "sign in again"};
    user_id_ = *id;
    return bennu::connected{};
  }

  std::string id() const override { return "user:" + user_id_; }
  const std::string& user_id() const { return user_id_; }

private:
  keys_ptr keys_;
  std::string user_id_;
};

/// Topic `inbox:USER`: each user may join only their own.
class inbox : public bennu::channel_of<inbox> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const json&) override {
    if (subtopic() != socket_as<user_socket>().user_id())
      return bennu::refuse{{{"reason", "unauthorized"}}};
    return bennu::accept{};
  }
};

bennu::http_handler sign_in(keys_ptr keys) {
  return [keys](const bennu::http_request& request, const bennu::http_reply& reply) {
    const auto form = json::parse(request.body, nullptr, false);
    if (!form.is_object() || form.value("password", "") != "tea") // ask your database, in a blocking_pool
      return reply(bennu::http_response::json(401, R"({"error": "wrong name or password"})"));
    const json answer = {{"token", keys->sign("user socket", form.value("name", ""))}};
    reply(bennu::http_response::json(200, answer.dump()));
  };
}

bennu::endpoint accounts_endpoint(const keys_ptr& keys) {
  bennu::socket_options options;
  options.allowed_origins = {"//shop.example", "https://admin.shop.example"};
  return bennu::endpoint{"/socket"}.serve<user_socket>(options, keys).channel<inbox>("inbox:*");
}

/// Lets in whom an identity provider has given a JSON Web Token, for as long as the token is valid.
class staff_socket : public bennu::socket {
public:
  explicit staff_socket(std::shared_ptr<const bennu::jwt_keys> keys) : keys_(std::move(keys)) {}

  bennu::connect_result connect(const bennu::connect_info& info) override { return check(info.auth_token); }

  std::optional<bennu::connect_result> refresh(const json& payload) override {
    return check(payload.value("token", ""));
  }

  std::string id() const override { return "staff:" + name_; }

private:
  bennu::connect_result check(const std::string& token) {
    const auto checked = keys_->verify(token, {.issuer = "https://id.example", .audience = "shop", .leeway = 60s});
    const auto* claims = std::get_if<json>(&checked);
    if (claims == nullptr)
      return bennu::connect_refused{403, "no valid token"};
    const auto name = claims->value("sub", "");
    if (name.empty() || (!name_.empty() && name != name_)) // a refresh cannot change who it is
      return bennu::connect_refused{403, "another user"};
    name_ = name;
    return bennu::connected{.expires_after = bennu::jwt_time_left(*claims)};
  }

  std::shared_ptr<const bennu::jwt_keys> keys_;
  std::string name_;
};

namespace {

bennu::connect_info with_token(const std::string& token) {
  bennu::connect_info result;
  result.auth_token = token;
  return result;
}

keys_ptr some_keys() {
  return std::make_shared<bennu::token_keys>(std::vector<std::string>{"a secret of at least thirty-two bytes"});
}

} // namespace

TEST_CASE("guide: a client signs in, connects with the token, and reads its own inbox only") {
  const auto keys = some_keys();
  std::string token;
  bennu::http_request form;
  form.body = R"({"name": "ann", "password": "tea"})";
  sign_in(keys)(form, [&](const bennu::http_response& x) { token = json::parse(x.body).at("token"); });
  bennu::channel_case test{accounts_endpoint(keys)};
  auto ann = test.connect_with(with_token(token));
  CHECK(ann.id() == "user:ann");
  ann.join("inbox:ann");
  ann.expect_join_refused("inbox:bob", {}, {{"reason", "unauthorized"}});
  CHECK(test.expect_connect_refused({}).body == "sign in again");
  form.body = R"({"name": "ann", "password": "coffee"})";
  sign_in(keys)(form, [&](const bennu::http_response& x) { CHECK(x.status == 401); });
}

TEST_CASE("guide: all connections of a user are closed by a broadcast") {
  const auto keys = some_keys();
  bennu::channel_case test{accounts_endpoint(keys)};
  auto ann = test.connect_with(with_token(keys->sign("user socket", "ann")));
  auto bob = test.connect_with(with_token(keys->sign("user socket", "bob")));
  test.broadcast("user:ann", "disconnect");
  ann.expect_disconnected(1001);
  bob.expect_connected();
}

TEST_CASE("guide: a connection ends with its JSON Web Token unless a new one comes") {
  const auto keys =
    std::make_shared<bennu::jwt_keys>(std::vector<std::string>{"a secret of at least thirty-two bytes"});
  const auto token = [&keys](const char* user) {
    return keys->sign({{"iss", "https://id.example"}, {"aud", "shop"}, {"sub", user}}, 10min);
  };
  bennu::channel_case test{bennu::endpoint{"/staff"}.serve<staff_socket>({}, keys)};
  auto ann = test.connect_with(with_token(token("ann")));
  auto bob = test.connect_with(with_token(token("bob")));
  test.advance(9min);
  ann.push("phoenix", "refresh_token", {{"token", token("ann")}});
  test.advance(3min); // the leeway and the grace have passed, too
  ann.expect_connected();
  bob.expect_disconnected(1008);
}

} // namespace accounts
