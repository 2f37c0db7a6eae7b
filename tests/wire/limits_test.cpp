#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

client_options slow() {
  return {.socket = "/slow", .port = lab_port()};
}

json beyond(const char* limit) {
  return {{"reason", "rate limited"}, {"limit", limit}};
}

} // namespace

CLAIM(
  "rate limits: joins over the socket's rate are refused with its name and counted; a leave restores no allowance") {
  client ann{Way::value, slow()};
  ann.join("echo:a");
  ann.join("echo:b");
  const auto before = limit_hits("joins");
  ann.send_as("3", "3", "echo:c", "phx_join");
  CHECK(ann.next() == ann.replied("3", "3", "echo:c", "error", beyond("joins")));
  CHECK(limit_hits("joins") == before + 1);
  ann.send_as("4", "4", "nowhere:a", "phx_join");
  CHECK(ann.next() == ann.refused(nullptr, "4", "nowhere:a", "unmatched topic"));
}

CLAIM("rate limits: events over the socket's rate are refused by name, over all its topics; heartbeats and leaves are "
      "free") {
  client ann{Way::value, slow()};
  const auto first = ann.join("echo:a");
  const auto second = ann.join("echo:b");
  for (const auto* topic : {"echo:a", "echo:b", "echo:a"}) {
    const auto ref = ann.push(topic, "echo");
    CHECK(ann.next() == ann.replied(topic == std::string_view{"echo:a"} ? first : second, ref, topic, "ok"));
  }
  const auto before = limit_hits("events");
  const auto ref = ann.push("echo:b", "echo");
  CHECK(ann.next() == ann.replied(second, ref, "echo:b", "error", beyond("events")));
  CHECK(limit_hits("events") == before + 1);
  CHECK(ann.hears_nothing());
  const auto leave = ann.push("echo:a", "phx_leave");
  CHECK(ann.next() == ann.replied(first, leave, "echo:a", "ok"));
}

CLAIM("rate limits: bytes over the socket's rate are refused with its name, and the next small event passes") {
  client ann{Way::value, slow()};
  const auto join_ref = ann.join("echo:a");
  const auto big = ann.push("echo:a", "echo", std::string(1'000, 'x'));
  CHECK(ann.next() == ann.replied(join_ref, big, "echo:a", "error", beyond("bytes")));
  const auto small = ann.push("echo:a", "echo", "x");
  CHECK(ann.next() == ann.replied(join_ref, small, "echo:a", "ok", "x"));
}

CLAIM("rate limits: a route's limits apply to each topic separately") {
  client ann{Way::value, slow()};
  const auto join_ref = ann.join("strict:a");
  const auto first = ann.push("strict:a", "echo");
  CHECK(ann.next() == ann.replied(join_ref, first, "strict:a", "ok"));
  const auto second = ann.push("strict:a", "echo");
  CHECK(ann.next() == ann.replied(join_ref, second, "strict:a", "error", beyond("events")));
  ann.send_as("b", "b", "strict:b", "phx_join");
  CHECK(ann.next() == ann.replied("b", "b", "strict:b", "error", beyond("joins")));
  const auto other = ann.join("echo:a");
  const auto third = ann.push("echo:a", "echo");
  CHECK(ann.next() == ann.replied(other, third, "echo:a", "ok"));
}

TEST_CASE("connections: a long-polling session over the limit is answered 503 with Retry-After, readable for a page, "
          "and counted") {
  lab server{[](auto& web) { web.max_connections = 2; }};
  http_client one{server.port()};
  const auto open = [&one] { return one.request("GET", "/info/longpoll?vsn=2.0.0"); };
  CHECK(json::parse(open().body)["status"] == 410); // the connection and its session count as two
  const auto refused = open();
  CHECK(refused.status == 503);
  CHECK(refused.headers.at("retry-after") == "1");
  CHECK(refused.headers.at("access-control-allow-origin") == "*");
  CHECK(server.hits("connections") == 1);
}
