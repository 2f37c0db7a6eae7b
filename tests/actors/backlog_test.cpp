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
