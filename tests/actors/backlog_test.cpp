// Tests the bound of the messages that wait for the channels of a client. At the bound the transport stops reading.
#include <future>
#include <memory>
#include <thread>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/actors/reply.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;
using bennu::test::client_case;

namespace {

/// A channel that handles no event until the test allows it.
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

/// A channel whose task ends when the test says so, and that intercepts every broadcast.
class busy_channel : public bennu::channel {
public:
  busy_channel(channel_context context, std::shared_future<void> done) : channel(context), done_(std::move(done)) {}
  join_result join(const json&) override { return accept{}; }
  const event_table& handle_in() const override {
    static const events<busy_channel> table = {
      {"work",
       [](busy_channel& self, const json&) {
         return self.blocking([done = self.done_] { done.wait(); }, [] { return reply::ok(); });
       }},
    };
    return table;
  }
  const event_table& handle_out() const override {
    static const events<busy_channel> table = {
      {"told", [](busy_channel& self, const payload& x) { self.push("told", x); }}};
    return table;
  }

private:
  std::shared_future<void> done_;
};

struct busy_case : client_case {
  explicit busy_case(socket_options options) : busy_case(options, std::make_shared<std::promise<void>>()) {
    send(R"(["1","1","room:a","phx_join",{}])");
    send(R"(["1","2","room:a","work",{}])");
    seen();
  }
  void tell_all(int n) {
    home().topics().broadcast("room:a", "told", json{{"n", n}, {"text", std::string(500, 'x')}});
    settle();
  }
  std::vector<std::string> finish() {
    done->set_value();
    while (channel_counts().active > 0 && client().find("room:a") != nullptr
           && !client().find("room:a")->waiting.empty()) {
      std::this_thread::yield();
      settle();
    }
    return seen();
  }
  std::shared_ptr<std::promise<void>> done;

private:
  busy_case(const socket_options& options, std::shared_ptr<std::promise<void>> x)
    : client_case(endpoint{"/socket"}.serve<test::open_socket>(options).channel<busy_channel>("room:*", {},
                                                                                              x->get_future().share()),
                  {}, {}, node_options{}),
      done(std::move(x)) {}
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

/// A channel that answers each event when the test says so.
class later_channel : public bennu::channel {
public:
  using channel::channel;
  join_result join(const json&) override { return accept{}; }
  const event_table& handle_in() const override {
    static const events<later_channel> table = {{"ask", [](later_channel& self, const json&) {
                                                   self.owed_.push_back(self.defer());
                                                   self.push("asked", json::object());
                                                 }}};
    return table;
  }
  const event_table& handle_out() const override {
    static const events<later_channel> table = {
      {"news", [](later_channel& self, const json& body) { self.push("heard", body); }}};
    return table;
  }
  caf::message_handler handle_info() override {
    return {[this](const std::string&) {
      owed_.front().ok();
      owed_.erase(owed_.begin());
    }};
  }

private:
  std::vector<deferred_reply> owed_;
};

struct late_case : client_case {
  explicit late_case(socket_options options)
    : client_case(endpoint{"/socket"}.serve<test::open_socket>(options).channel<late_channel>("room:*")) {
    send(R"(["1","1","room:a","phx_join",{}])");
  }
  void send_event(size_t bytes = 0) { send(R"(["1","2","room:a","event",")" + std::string(bytes, 'x') + R"("])"); }
};

} // namespace

TEST_CASE("backlog: reading stops at the bound of messages and continues once when half of them are handled") {
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

TEST_CASE("backlog: reading stops at the bound of bytes; one message may exceed it") {
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

TEST_CASE("backlog: events of a client that does not read its replies wait, and none is lost") {
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

TEST_CASE("backlog: a client that disconnects or rejoins while its events wait leaves nothing behind") {
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

TEST_CASE("backlog: messages that cannot be handled leave the backlog, too") {
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

TEST_CASE("backlog: broadcasts that wait for a busy channel have the same bound as those that wait for the client") {
  socket_options options;
  options.max_outbox_bytes = 4'000;
  options.max_message_bytes = 1'000;
  SUBCASE("too many close the connection") {
    busy_case client{options};
    for (int n = 0; n < 20; ++n)
      client.tell_all(n);
    CHECK(client.closed_with() == 1008);
    CHECK(client.events("limit.hit") == 1);
    client.done->set_value();
  }
  SUBCASE("the oldest are dropped") {
    options.when_outbox_full = overflow::drop_oldest;
    busy_case client{options};
    for (int n = 0; n < 20; ++n)
      client.tell_all(n);
    const auto seen = client.finish();
    CHECK(client.closed_with() == 0);
    REQUIRE(seen.size() > 1);
    CHECK(seen.size() < 10);
    CHECK(seen.back().find(R"("n":19)") != std::string::npos);
  }
}

TEST_CASE("bounds: max_inbox_messages: a channel that owes as many replies handles the next event when one is given") {
  socket_options options;
  options.max_inbox_messages = 2;
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(options).channel<later_channel>("room:*")};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  test.send_at_once(
    {R"(["1","2","room:a","ask",{}])", R"(["1","3","room:a","ask",{}])", R"(["1","4","room:a","ask",{}])"});
  const std::string asked = R"(["1",null,"room:a","asked",{}])";
  const auto answer_to = [](const std::string& ref) {
    return R"(["1",")" + ref + R"(","room:a","phx_reply",{"response":{},"status":"ok"}])";
  };
  CHECK(test.seen() == std::vector{asked, asked});
  test.tell("room:a", std::string{"answer"});
  CHECK(test.seen() == std::vector{answer_to("2"), asked});
  for (const auto* ref : {"3", "4"}) {
    test.tell("room:a", std::string{"answer"});
    CHECK(test.seen() == std::vector{answer_to(ref)});
  }
}

TEST_CASE("bounds: max_inbox_messages: a channel that owes as many replies still hears a leave and broadcasts") {
  socket_options options;
  options.max_inbox_messages = 2;
  client_case test{endpoint{"/socket"}.serve<test::open_socket>(options).channel<later_channel>("room:*")};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  for (const auto* ref : {"2", "3", "4"})
    test.send(R"(["1",")" + std::string{ref} + R"(","room:a","ask",{}])");
  test.seen(); // the third event waits
  const std::string asked = R"(["1",null,"room:a","asked",{}])";
  SUBCASE("a leave") {
    test.send(R"(["1","5","room:a","phx_leave",{}])");
    const auto seen = test.seen();
    CHECK(seen.front() == asked);
    CHECK(seen.back() == R"(["1","1","room:a","phx_close",{}])");
  }
  SUBCASE("more intercepted broadcasts than twice the bound") {
    for (int i = 0; i < 5; ++i)
      test.home().topics().broadcast("room:a", "news");
    const std::string heard = R"(["1",null,"room:a","heard",{}])";
    test.settle();
    CHECK(test.seen() == std::vector{asked, heard, heard, heard, heard, heard});
  }
}
