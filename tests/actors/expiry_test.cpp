#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include "tests/kit/channel/test_session.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// Accepts clients for as many minutes as they ask for, and with a valid token for one more.
class renewed_socket : public socket {
public:
  connect_result connect(const connect_info& info) override {
    return connected{std::chrono::minutes{std::stoll(info.params.at("minutes"))}};
  }
  std::optional<connect_result> refresh(const json& payload) override {
    const auto token = payload.value("token", "");
    if (token == "bad")
      return connect_refused{};
    return connected{token == "for ever" ? std::nullopt : std::optional<std::chrono::milliseconds>{1min}};
  }
};

endpoint renewing(socket_options options = {}) {
  return endpoint{"/socket"}.serve<renewed_socket>(options);
}

struct expiring_case : channel_case {
  explicit expiring_case(const std::string& minutes = "1", socket_options options = {})
    : channel_case(renewing(options)), client(connect({{"minutes", minutes}})) {}

  test_push refresh(const std::string& token) { return client.push("phoenix", "refresh_token", {{"token", token}}); }
  void expect_told() {
    client.expect_exactly({{{"event", "token_expired"}, {"payload", exactly({{"grace_ms", 10000}})}}});
  }

  test_client client;
};

} // namespace

TEST_CASE("expiry: the client is told when it expires, and closed after the grace time") {
  expiring_case test;
  test.advance(59s);
  test.client.expect_nothing();
  test.advance(1s);
  test.expect_told();
  test.advance(9s);
  test.client.expect_connected();
  test.advance(1s);
  test.client.expect_disconnected(1008);
  CHECK(test.events("limit.hit") == 1);
}

TEST_CASE("expiry: a refresh within the grace time counts from now; the earlier timer has no effect") {
  expiring_case test;
  test.advance(65s);
  test.expect_told();
  test.client.expect_exactly({reply_to(test.refresh("good"), "ok", empty)});
  test.advance(59s);
  test.client.expect_nothing();
  test.client.expect_connected();
  test.advance(1s);
  test.expect_told();
}

TEST_CASE("expiry: a refused refresh changes nothing") {
  expiring_case test;
  test.advance(60s);
  test.expect_told();
  test.client.expect_exactly({reply_to(test.refresh("bad"), "error", because("refused"))});
  test.advance(10s);
  test.client.expect_disconnected(1008);
}

TEST_CASE("expiry: a refresh may remove the expiry") {
  expiring_case test;
  test.client.expect_exactly({reply_to(test.refresh("for ever"), "ok", empty)});
  test.advance(24h);
  test.client.expect_nothing();
  test.client.expect_connected();
}

TEST_CASE("expiry: it survives a crash of the connection's actor") {
  expiring_case test;
  test.advance(30s);
  test.crash("connection");
  test.advance(30s);
  test.expect_told();
  test.crash("connection");
  test.advance(10s);
  test.client.expect_disconnected(1008);
}

TEST_CASE("expiry: a client that disconnects before leaves nothing behind") {
  expiring_case test;
  test.client.close();
  test.advance(2min);
  test.client.expect_nothing();
  CHECK(test.events("limit.hit") == 0);
}

TEST_CASE("expiry: a client that disconnects a day before leaves no memory behind") {
  expiring_case test{std::to_string(24 * 60)};
  const engine::connection_ptr kept{&engine::case_parts::connection_of(test.client)};
  const auto actor = kept->actor.address();
  test.client.close();
  CHECK(kept->get_reference_count() == 2); // the test's, and the case's
  test.advance(1min);
  CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(actor));
}

TEST_CASE("expiry: a connection that expires in eight thousand years does not expire now") {
  expiring_case test{std::to_string(int64_t{60} * 24 * 365 * 8000)};
  test.advance(24h);
  test.client.expect_nothing();
  test.client.expect_connected();
}

TEST_CASE("expiry: all that falls due within a time that passes at once happens, each at its own time") {
  expiring_case test{"60"};
  test.advance(2h);
  test.expect_told();
  test.client.expect_disconnected(1008);
}

TEST_CASE("rate limits: a refresh counts as an event") {
  socket_options options;
  options.limits.events = rate{1, 1h, 1};
  expiring_case test{"1", options};
  test.client.expect_reply(test.refresh("good"), "ok", empty);
  test.client.expect_reply(test.refresh("good"), "error", exactly({{"limit", "events"}, {"reason", "rate limited"}}));
}
