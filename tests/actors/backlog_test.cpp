// What a client may have waiting before its channels: then its transport stops reading.
#include <doctest/doctest.h>

#include "actors/channel.hpp"
#include "tests/actors/client_case.hpp"

using namespace bennu;
using namespace std::chrono_literals;
using bennu::test::client_case;

namespace {

/// A channel that takes no event until it is told to.
class late_channel : public bennu::channel {
public:
  using channel::channel;
  join_result join(const json&) override { return defer_join{1h}; }
  const event_table& handle_in() const override {
    static const events<late_channel> table = {{"event", [](late_channel&, const json&) {}}};
    return table;
  }
  caf::message_handler handle_info() override {
    return {[this](const std::string&) { decide_join(accept{}); }};
  }
};

class echo_channel : public bennu::channel {
public:
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
  const event_table& handle_in() const override {
    static const events<echo_channel> table = {{"echo", [](echo_channel&, const json& in) { return reply::ok(in); }}};
    return table;
  }
};

struct late_case : client_case {
  explicit late_case(socket_options options)
    : client_case(endpoint{"/socket"}.serve<test::open_socket>(options).channel<late_channel>("room:*")) {
    send(R"(["1","1","room:a","phx_join",{}])");
  }
  void send_event(size_t bytes = 0) { send(R"(["1","2","room:a","event",")" + std::string(bytes, 'x') + R"("])"); }
};

} // namespace

TEST_CASE("backlog: reading stops at so many messages, and goes on once when half of them are done") {
  socket_options options;
  options.max_inbox_messages = 4;
  late_case client{options};
  for (int i = 0; i < 3; ++i)
    client.send_event();
  CHECK_FALSE(client.client().backlogged());
  client.send_event();
  CHECK(client.client().backlogged());
  const auto before = client.times_resumed();
  client.tell("room:a", std::string{"go on"});
  CHECK(client.times_resumed() == before + 1);
  CHECK_FALSE(client.client().backlogged());
}

TEST_CASE("backlog: reading stops at so many bytes, of which one message may have more") {
  socket_options options;
  options.max_inbox_bytes = 10'000;
  late_case client{options};
  client.send_event(5000);
  CHECK_FALSE(client.client().backlogged());
  client.send_event(20'000);
  CHECK(client.client().backlogged());
  const auto before = client.times_resumed();
  client.tell("room:a", std::string{"go on"});
  CHECK(client.times_resumed() == before + 1);
  CHECK_FALSE(client.client().backlogged());
  client.send_event(5000);
  CHECK_FALSE(client.client().backlogged());
}

TEST_CASE("backlog: what a client asks waits while it does not take its answers, and nothing is lost") {
  client_case client{endpoint{"/socket"}.serve<test::open_socket>().channel<echo_channel>("room:*")};
  client.send(R"(["1","1","room:a","phx_join",{}])");
  client.seen();
  client.stop_reading();
  client.send_at_once({R"(["1","2","room:a","echo",2])", R"(["1","3","room:a","echo",3])"});
  client.send(R"([null,"4","phoenix","heartbeat",{}])");
  const auto heartbeat = R"([null,"4","phoenix","phx_reply",{"response":{},"status":"ok"}])";
  CHECK(client.seen() == std::vector<std::string>{heartbeat});
  client.go_on_reading();
  CHECK(client.seen()
        == std::vector<std::string>{R"(["1","2","room:a","phx_reply",{"response":2,"status":"ok"}])",
                                    R"(["1","3","room:a","phx_reply",{"response":3,"status":"ok"}])"});
}

TEST_CASE("backlog: a client that goes, or joins anew, while its events wait leaves nothing behind") {
  client_case client{endpoint{"/socket"}.serve<test::open_socket>().channel<echo_channel>("room:*")};
  client.send(R"(["1","1","room:a","phx_join",{}])");
  client.stop_reading();
  client.send_at_once({R"(["1","2","room:a","echo",2])", R"(["1","3","room:a","echo",3])"});
  client.send(R"(["4","4","room:a","phx_join",{}])");
  CHECK(client.channel_counts().active == 1);
  client.send_at_once({R"(["4","5","room:a","echo",5])", R"(["4","6","room:a","echo",6])"});
  client.hang_up();
  CHECK(client.channel_counts().active == 0);
}

TEST_CASE("backlog: what cannot be handled is done with too") {
  socket_options options;
  options.max_inbox_messages = 4;
  client_case client{endpoint{"/socket"}.serve<test::open_socket>(options).channel<echo_channel>("room:*")};
  const auto deep = std::string(2000, '[') + std::string(2000, ']');
  for (int i = 0; i < 10; ++i)
    client.send(R"([null,"1","phoenix","refresh_token",)" + deep + "]");
  CHECK_FALSE(client.client().backlogged());
  CHECK(client.seen().size() == 10);
  CHECK(client.closed_with() == 0);
}
