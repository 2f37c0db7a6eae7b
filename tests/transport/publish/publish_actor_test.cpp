#include "transport/publish/publish_actor.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/send.hpp>
#include <doctest/doctest.h>

#include "actors/node/node_parts.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/application.hpp>

using namespace bennu;
using namespace bennu::engine;

namespace {

/// Fails at a message with the event "bad".
class failing_publisher : public publish_actor {
public:
  using publish_actor::publish_actor;

protected:
  void hand_over(publish_command& x) override {
    if (x.event == "bad")
      throw std::runtime_error("pubsub has failed");
    publish_actor::hand_over(x);
  }
};

application_options alone() {
  application_options result;
  result.threads = 1;
  result.web.port = 0;
  return result;
}

std::string message(const std::string& event) {
  return R"({"topic":"t","event":")" + event + R"(","payload":1})";
}

std::string list_of(size_t count, const std::string& last) {
  std::string result = "[";
  for (size_t i = 1; i < count; ++i)
    result += message("good") + ",";
  return result + last + "]";
}

/// An actor of the API that is asked without a server.
struct publisher_world {
  explicit publisher_world(size_t max_waiting_bytes = 1 << 20)
    : bounds{.keys = {}, .max_waiting_bytes = max_waiting_bytes} {
    app.start();
    actor = app.system().spawn<failing_publisher>(publish_parts{app.home().parts(), known});
  }
  ~publisher_world() { caf::anon_send_exit(actor, caf::exit_reason::user_shutdown); }

  api_request_ptr request(std::string body, const std::string& idempotency_key, http_reply reply) {
    http_request in;
    in.method = "POST";
    in.path = "/api/publish";
    in.body = std::move(body);
    if (!idempotency_key.empty())
      in.headers.emplace_back("Idempotency-Key", idempotency_key);
    REQUIRE(key->waiting.enter(api_request::size_of(in)));
    return std::make_shared<api_request>(api_action::publish, key, std::move(in), std::move(reply));
  }

  std::future<http_response> ask(std::string body, const std::string& idempotency_key = {}) {
    const auto promise = std::make_shared<std::promise<http_response>>();
    caf::anon_send(actor, api_requested{request(std::move(body), idempotency_key,
                                                [promise](http_response x) { promise->set_value(std::move(x)); })});
    return promise->get_future();
  }

  publish_api bounds;
  application app{alone()};
  known_key_ptr key = std::make_shared<const known_key>(api_key{.secret = "k"}, bounds);
  idempotency_table known{{}};
  caf::actor actor;
};

} // namespace

TEST_CASE("publisher: a request that fails is answered 500 in JSON, with a key and without, short and long") {
  publisher_world w;
  std::atomic<int> reports{0};
  auto& hub = telemetry::of(w.app.system());
  const auto follower = hub.attach("publish_api.request_failed", [&](const telemetry_event& x) {
    reports += x.text("text") == "pubsub has failed" ? 1 : 0;
  });
  int expected = 0;
  for (const std::string id : {"", "a key"})
    for (const auto& body : {message("bad"), list_of(50, message("bad")), list_of(950, message("bad"))}) {
      const auto answer = w.ask(body, id.empty() ? id : id + std::to_string(expected)).get();
      CHECK(answer.status == 500);
      CHECK(answer.body == R"({"error":"this request failed in the server"})");
      CHECK(++expected == reports);
    }
  hub.detach(follower);
  CHECK(w.ask(message("good"), "another key").get().body == R"({"accepted":1})");
  CHECK(w.ask(list_of(1'000, message("good"))).get().body == R"({"accepted":1000})");
  CHECK(w.ask(list_of(1'000, message("good")), "long").get().body == R"({"accepted":1000})");
  CHECK(w.ask(list_of(1'000, message("good")), "long").get().body == R"({"accepted":1000})");
}

TEST_CASE("publisher: what was read of a request counts: a list for which there is no room is answered 429") {
  publisher_world w{100'000};
  const auto list = list_of(1'000, message("good")); // 40 KB, and some 200 KB when it is read
  http_response lost;
  {
    const auto waiting = w.request("x", "", [&](http_response x) { lost = std::move(x); });
    for (const std::string id : {"", "k"}) {
      const auto answer = w.ask(list, id).get();
      CHECK(answer.status == 429);
      CHECK(answer.headers.back().first == "Retry-After");
    }
  }
  CHECK(lost.status == 503);
  CHECK(w.ask(list).get().status == 202); // alone it has a place
}

TEST_CASE("publisher: a short request is answered before the long ones that came before it") {
  publisher_world w;
  std::vector<int> order;
  std::promise<void> all;
  const auto note = [&](int i) {
    return [&, i](const http_response&) {
      order.push_back(i); // the actor calls it: one thread
      if (order.size() == 4)
        all.set_value();
    };
  };
  const auto list = list_of(1'000, message("good"));
  const std::vector<api_request_ptr> requests = {w.request(list, "", note(0)), w.request(list, "", note(1)),
                                                 w.request(list, "", note(2)), w.request(message("good"), "", note(3))};
  std::promise<void> released; // all four are in the mailbox before the first is handled
  caf::anon_send(w.actor, api_requested{w.request(message("good"), "",
                                                  [&](const http_response&) { released.get_future().wait(); })});
  for (const auto& x : requests)
    caf::anon_send(w.actor, api_requested{x});
  released.set_value();
  all.get_future().wait();
  CHECK(order == std::vector<int>{3, 0, 1, 2});
}
