#include "admin_socket.hpp"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include <bennu/testing/channel_case.hpp>
#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace {

const auto keys = std::make_shared<const bennu::token_keys>(std::vector{std::string(32, 's')});

bennu::endpoint with_admin() {
  return bennu::endpoint{"/admin"}.serve<admin_socket>({}, keys);
}

} // namespace

TEST_CASE("admin socket: a client with a token connects, as its user") {
  bennu::channel_case test{with_admin()};
  auto ann = test.connect({{"token", admin_socket::token_for(*keys, "ann")}});
  CHECK(ann.id() == "admin:ann");
}

TEST_CASE("admin socket: a client without a token, or with a false one, is refused") {
  bennu::channel_case test{with_admin()};
  const bennu::token_keys of_others{{std::string(32, 'x')}};
  CHECK(test.expect_connect_refused({}).status == 403);
  CHECK(test.expect_connect_refused({{"token", "nonsense"}}).status == 403);
  CHECK(test.expect_connect_refused({{"token", admin_socket::token_for(of_others, "ann")}}).status == 403);
  CHECK(test.expect_connect_refused({{"token", keys->sign("another purpose", "ann")}}).status == 403);
}

TEST_CASE("admin socket: a token is good for a day") {
  bennu::channel_case test{with_admin()};
  const auto now = bennu::token_keys::clock::now();
  CHECK(test.expect_connect_refused({{"token", keys->sign("admin socket", "ann", now - 25h)}}).status == 403);
  bennu::connect_info info;
  info.params["token"] = keys->sign("admin socket", "ann", now - 23h);
  const auto accepted = std::get<bennu::connected>(test.try_connect(info));
  CHECK(accepted.expires_after.value() <= 1h);
}

TEST_CASE("admin socket: a new token lets the connection last, but not for another user") {
  bennu::channel_case test{with_admin()};
  auto ann = test.connect({{"token", admin_socket::token_for(*keys, "ann")}});
  const auto refresh = [&](const std::string& token) {
    return ann.push("phoenix", "refresh_token", {{"token", token}});
  };
  ann.expect_reply(refresh(admin_socket::token_for(*keys, "ann")), "ok");
  ann.expect_reply(refresh(admin_socket::token_for(*keys, "bob")), "error");
}
