#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/supervision/fault.hpp>

using namespace bennu;
using bennu::test::client_case;
using texts = std::vector<std::string>;

namespace {

class echoing : public bennu::channel {
public:
  using channel::channel;
  bennu::join_result join(const json&) override { return bennu::accept{}; }
  const event_table& handle_in() const override {
    static const events<echoing> table = {
      {"echo", [](echoing&, const payload& in) { return reply::ok(in); }},
      {"other", [](echoing&, const payload& in) { return reply::ok(in); }},
    };
    return table;
  }
};

struct joined_case : client_case {
  joined_case() : client_case(endpoint{"/socket"}.serve<bennu::test::open_socket>().channel<echoing>("echo:*")) {
    send(R"(["1","1","echo:a","phx_join",{}])");
    seen();
  }
};

} // namespace

TEST_CASE(
  "channel fault: an event crashes the channel as often as the rule says; other events and topics are not affected") {
  joined_case test;
  test.send(R"(["2","2","echo:b","phx_join",{}])");
  test.seen();
  test.fault(R"(crash label="echoing echo:a" event=echo times=1)");
  test.send(R"(["1","3","echo:a","other",{}])");
  test.send(R"(["2","4","echo:b","echo",{}])");
  CHECK(test.seen().size() == 2);
  CHECK(test.events("fault.hit") == 0);
  test.send(R"(["1","5","echo:a","echo",{}])");
  CHECK(test.seen() == texts{R"(["1","5","echo:a","phx_reply",{"response":{"reason":"crashed"},"status":"error"}])"});
  CHECK(test.events("fault.hit") == 1);
  CHECK(test.events("process.crashed") == 1);
  test.send(R"(["1","6","echo:a","echo",{}])");
  CHECK(test.seen() == texts{R"(["1","6","echo:a","phx_reply",{"response":{},"status":"ok"}])"});
}

TEST_CASE("channel fault: a dropped event is not answered") {
  joined_case test;
  test.fault("drop label=echo* event=echo");
  test.send(R"(["1","2","echo:a","echo",{}])");
  CHECK(test.seen().empty());
  test.no_faults();
  test.send(R"(["1","3","echo:a","echo",{}])");
  CHECK(test.seen().size() == 1);
}

TEST_CASE("channel fault: a delayed event is overtaken by others and answered in the end") {
  joined_case test;
  test.fault("delay label=echo* event=echo time=250");
  test.send_at_once({R"(["1","2","echo:a","echo",{}])", R"(["1","3","echo:a","other",{}])"});
  CHECK(test.seen() == texts{R"(["1","3","echo:a","phx_reply",{"response":{},"status":"ok"}])"});
  test.advance(std::chrono::milliseconds{250});
  CHECK(test.seen() == texts{R"(["1","2","echo:a","phx_reply",{"response":{},"status":"ok"}])"});
}

TEST_CASE("channel fault: a join that crashes is refused") {
  joined_case test;
  test.fault("crash label=echo* event=phx_join times=1");
  test.send(R"(["2","2","echo:b","phx_join",{}])");
  CHECK(test.seen()
        == texts{R"(["2","2","echo:b","phx_reply",{"response":{"reason":"join crashed"},"status":"error"}])"});
}

TEST_CASE("channel fault: a connection actor that crashes at every third wake loses no channel and no message") {
  joined_case test;
  test.fault("crash label=connection event=wake probability=0.3 seed=5 times=3");
  // A join goes through the connection's actor, and what follows it waits behind it.
  for (auto i = 2; i < 32; ++i)
    test.send_at_once(
      {R"(["2","2","nowhere","phx_join",{}])", "[\"1\",\"" + std::to_string(i) + "\",\"echo:a\",\"echo\",{}]"});
  CHECK(test.events("fault.hit") == 3);
  CHECK(test.seen().size() == 60);
  CHECK(test.closed_with() == 0);
}
