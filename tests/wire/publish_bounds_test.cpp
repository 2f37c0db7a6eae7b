#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/wire/http_client.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/server.hpp>

using bennu::test::http_client;

namespace {

/// Occupies the actor of the API until it is released: it cannot list presences meanwhile.
struct slow_presences : bennu::presence_handler {
  bennu::json fetch(const std::string&, bennu::json presences) override {
    entered.set_value();
    released.get_future().wait();
    return presences;
  }
  std::promise<void> entered, released;
};

/// Fails for one topic, as for metas that it did not expect.
struct failing_presences : bennu::presence_handler {
  bennu::json fetch(const std::string& topic, bennu::json presences) override {
    if (topic == "bad")
      throw std::runtime_error("these are no metas");
    return presences;
  }
};

bennu::application_options two_threads() {
  bennu::application_options result;
  result.threads = 2;
  result.web.port = 0;
  return result;
}

std::string with_key(const std::string& more = {}) {
  return "Authorization: Bearer k\r\nContent-Type: application/json\r\n" + more;
}

constexpr const char* one_message = R"({"topic":"a","event":"b","payload":1})";

} // namespace

TEST_CASE("publish api: bounds: max_waiting_requests: one more is answered 429 and has no effect") {
  auto presences = std::make_shared<slow_presences>();
  bennu::application app{two_threads()};
  app.home().presences().handle_with(presences);
  app.serve(bennu::publish_api{.keys = {{"k"}, {"other"}}, .max_waiting_requests = 1});
  app.start();
  http_client slow{app.web().port()};
  slow.send("GET", "/api/presence?topic=x", with_key());
  presences->entered.get_future().wait();
  http_client hasty{app.web().port()}; // the unit that is not occupied serves it
  const auto refused = hasty.request("POST", "/api/publish", with_key(), one_message);
  CHECK(refused.status == 429);
  CHECK(refused.headers.at("retry-after") == "1");
  http_client other{app.web().port()}; // another key has its own places
  other.send("POST", "/api/publish", "Authorization: Bearer other\r\n", one_message);
  presences->released.set_value();
  CHECK(slow.receive().status == 200);
  CHECK(other.receive().status == 202);
  CHECK(hasty.request("POST", "/api/publish", with_key(), one_message).status == 202);
}

TEST_CASE("publish api: bounds: max_idempotency_keys: a request with a new key is answered 429") {
  bennu::application app{two_threads()};
  app.serve(bennu::publish_api{.keys = {{"k"}}, .max_idempotency_keys = 2});
  app.start();
  http_client caller{app.web().port()};
  const auto publish = [&](const std::string& key) {
    return caller.request("POST", "/api/publish", with_key("Idempotency-Key: " + key + "\r\n"), one_message).status;
  };
  CHECK(publish("1") == 202);
  CHECK(publish("2") == 202);
  CHECK(publish("3") == 429);
  CHECK(publish("2") == 202);
  CHECK(caller.request("POST", "/api/publish", with_key(), one_message).status == 202);
}

TEST_CASE("publish api: a request whose presence handler throws is answered 500, and no other is affected") {
  bennu::application app{two_threads()};
  app.home().presences().handle_with(std::make_shared<failing_presences>());
  app.serve(bennu::publish_api{.keys = {{"k"}}});
  app.start();
  http_client caller{app.web().port()};
  for (int i = 0; i < 20; ++i) // more than any intensity of restarts
    CHECK(caller.request("GET", "/api/presence?topic=bad", with_key()).status == 500);
  CHECK(caller.request("GET", "/api/presence?topic=good", with_key()).status == 200);
  CHECK(caller.request("POST", "/api/publish", with_key(), one_message).status == 202);
}

TEST_CASE("publish api: a full table of idempotency keys says when the next one has a place") {
  bennu::application app{two_threads()};
  app.serve(bennu::publish_api{.keys = {{"k"}}, .max_idempotency_keys = 1});
  app.start();
  http_client caller{app.web().port()};
  CHECK(caller.request("POST", "/api/publish", with_key("Idempotency-Key: 1\r\n"), one_message).status == 202);
  const auto refused = caller.request("POST", "/api/publish", with_key("Idempotency-Key: 2\r\n"), one_message);
  CHECK(refused.status == 429);
  const auto seconds = std::stoi(refused.headers.at("retry-after"));
  CHECK(seconds > 200); // of the five minutes
  CHECK(seconds <= 300);
}

TEST_CASE("publish api: a service that uses up the idempotency keys leaves the others their share") {
  bennu::application app{two_threads()};
  app.serve(bennu::publish_api{.keys = {{"k"}, {"other"}}, .max_idempotency_keys = 4}); // one each, and two for both
  app.start();
  http_client caller{app.web().port()};
  const auto publish = [&caller](const std::string& key, int n) {
    const auto headers = "Authorization: Bearer " + key + "\r\nIdempotency-Key: " + std::to_string(n) + "\r\n";
    return caller.request("POST", "/api/publish", headers, one_message).status;
  };
  for (int n = 0; n < 3; ++n)
    CHECK(publish("k", n) == 202);
  CHECK(publish("k", 3) == 429);
  CHECK(publish("other", 0) == 202);
  CHECK(publish("other", 1) == 429);
  CHECK(publish("k", 0) == 202); // known
}
