#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/actors/client_case.hpp"
#include <bennu/actors/endpoint.hpp>

using namespace bennu;
using namespace std::chrono_literals;
using bennu::test::client_case;
using texts = std::vector<std::string>;

namespace {

/// Accepts clients with a valid token for a minute.
class renewed_socket : public socket {
public:
  connect_result connect(const connect_info&) override { return connected{}; }
  std::optional<connect_result> refresh(const json& payload) override {
    const auto token = payload.value("token", "");
    if (token == "bad")
      return connect_refused{};
    return connected{token == "for ever" ? std::nullopt : std::optional<std::chrono::milliseconds>{1min}};
  }
};

struct expiring_case : client_case {
  expiring_case() : client_case(endpoint{"/socket"}.serve<renewed_socket>(), {}, connected{1min}) {}
  void refresh(const std::string& token) { send(R"([null,"1","phoenix","refresh_token",{"token":")" + token + "\"}]"); }
};

const texts told = {R"([null,null,"phoenix","token_expired",{"grace_ms":10000}])"};
const texts renewed = {R"([null,"1","phoenix","phx_reply",{"response":{},"status":"ok"}])"};

} // namespace

TEST_CASE("expiry: the client is told when it expires, and closed after the grace time") {
  expiring_case test;
  test.advance(59s);
  CHECK(test.seen().empty());
  test.advance(1s);
  CHECK(test.seen() == told);
  test.advance(9s);
  CHECK(test.closed_with() == 0);
  test.advance(1s);
  CHECK(test.closed_with() == 1008);
  CHECK(test.events("limit.hit") == 1);
}

TEST_CASE("expiry: a refresh within the grace time counts from now; the earlier timer has no effect") {
  expiring_case test;
  test.advance(65s);
  CHECK(test.seen() == told);
  test.refresh("good");
  CHECK(test.seen() == renewed);
  test.advance(59s);
  CHECK(test.seen().empty());
  CHECK(test.closed_with() == 0);
  test.advance(1s);
  CHECK(test.seen() == told);
}

TEST_CASE("expiry: a refused refresh changes nothing") {
  expiring_case test;
  test.advance(60s);
  test.seen();
  test.refresh("bad");
  CHECK(test.seen() == texts{R"([null,"1","phoenix","phx_reply",{"response":{"reason":"refused"},"status":"error"}])"});
  test.advance(10s);
  CHECK(test.closed_with() == 1008);
}

TEST_CASE("expiry: a refresh may remove the expiry") {
  expiring_case test;
  test.refresh("for ever");
  CHECK(test.seen() == renewed);
  test.advance(24h);
  CHECK(test.seen().empty());
  CHECK(test.closed_with() == 0);
}

TEST_CASE("expiry: it survives a crash of the connection's actor") {
  expiring_case test;
  test.advance(30s);
  test.kill_connection_actor();
  test.advance(30s);
  CHECK(test.seen() == told);
  test.kill_connection_actor();
  test.advance(10s);
  CHECK(test.closed_with() == 1008);
}

TEST_CASE("expiry: a client that disconnects before leaves nothing behind") {
  expiring_case test;
  test.hang_up();
  test.advance(2min);
  CHECK(test.seen().empty());
  CHECK(test.events("limit.hit") == 0);
}

TEST_CASE("expiry: a client that disconnects a day before leaves no memory behind") {
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(), {}, connected{24h}};
  const auto actor = test.connection_actor_address();
  test.hang_up();
  CHECK(test.holders_of_connection() == 1);
  test.advance(1min);
  CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(actor));
}

TEST_CASE("expiry: a connection that expires in ten thousand years does not expire now") {
  const connected terms{std::chrono::hours{24 * 365} * 8000};
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(), {}, terms};
  test.advance(24h);
  CHECK(test.seen().empty());
  CHECK(test.closed_with() == 0);
}

TEST_CASE("rate limits: a refresh counts as an event") {
  socket_options options;
  options.limits.events = rate{1, 1h, 1};
  client_case test{endpoint{"/socket"}.serve<renewed_socket>(options), {}, connected{1min}};
  const auto* refresh = R"([null,"1","phoenix","refresh_token",{"token":"good"}])";
  test.send(refresh);
  CHECK(test.seen() == renewed);
  test.send(refresh);
  CHECK(
    test.seen()
    == texts{
      R"([null,"1","phoenix","phx_reply",{"response":{"limit":"events","reason":"rate limited"},"status":"error"}])"});
}
