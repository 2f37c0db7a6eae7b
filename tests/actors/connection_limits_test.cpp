#include <doctest/doctest.h>

#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>

using namespace bennu;
using namespace std::chrono_literals;
using bennu::test::client_case;
using texts = std::vector<std::string>;

namespace {

struct quiet : channel {
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
  const event_table& handle_in() const override {
    static const events<quiet> table = {{"say", [](quiet&, const json&) { return reply::ok(); }}};
    return table;
  }
};

} // namespace

TEST_CASE("rate limits: a rejoin of a topic gives no new allowance") {
  channel_options options;
  options.limits.events = rate{1, 1h, 1};
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<quiet>("room:*", options)};
  for (int i = 0; i < 3; ++i) {
    test.send(R"(["1","1","room:a","phx_join",{}])");
    test.seen();
    test.send(R"(["1","2","room:a","say",{}])");
    CHECK((test.seen().back().find("rate limited") != std::string::npos) == (i > 0));
  }
}

TEST_CASE("rate limits: a refusal of an event without a join_ref carries that of the present join") {
  channel_options options;
  options.limits.events = rate{1, 1h, 1};
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<quiet>("room:*", options)};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.send(R"([null,"2","room:a","say",{}])");
  test.seen();
  test.send(R"([null,"3","room:a","say",{}])");
  CHECK(test.seen().front().starts_with(R"(["1","3","room:a","phx_reply",)"));
}

TEST_CASE("rate limits: leaving and rejoining a topic gives no new allowance") {
  channel_options route;
  route.limits.events = rate{1, 1h, 1};
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<quiet>("room:*", route)};
  for (const std::string ref : {"1", "2"}) {
    test.send("[\"" + ref + "\",\"" + ref + R"(","room:a","phx_join",{}])");
    test.seen();
    test.send("[\"" + ref + R"(","say","room:a","say",{}])");
    CHECK(test.seen().front().ends_with(ref == "1" ? R"("status":"ok"}])" : R"("status":"error"}])"));
    test.send("[\"" + ref + R"(","leave","room:a","phx_leave",{}])");
  }
}

TEST_CASE("rate limits: a refused client is allowed again after some time") {
  socket_options options;
  options.limits.events = rate::per_second(1);
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(options).channel<quiet>("room:*")};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  const auto say = [&test] {
    test.send(R"(["1","2","room:a","say",{}])");
    return test.seen();
  };
  const texts ok = {R"(["1","2","room:a","phx_reply",{"response":{},"status":"ok"}])"};
  const texts over = {
    R"(["1","2","room:a","phx_reply",{"response":{"limit":"events","reason":"rate limited"},"status":"error"}])"};
  CHECK(say() == ok);
  CHECK(say() == over);
  test.advance(1s);
  CHECK(say() == ok);
  CHECK(test.events("limit.hit") == 1);
}
