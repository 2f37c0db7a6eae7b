#include <future>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>

using namespace bennu;
using namespace bennu::engine;
using bennu::test::client_case;
using texts = std::vector<std::string>;

namespace {

/// Lets the tests control when the tasks of a channel end.
struct gate {
  std::promise<int> opened;
  std::shared_future<int> future{opened.get_future()};
};

class worker : public bennu::channel {
public:
  worker(channel_context context, std::shared_ptr<gate> door) : channel(context), door_(std::move(door)) {}

  join_result join(const json& params) override {
    if (!params.contains("ask"))
      return accept{};
    blocking([door = door_->future] { return door.get(); },
             [this](int seats) {
               decide_join(accept{{{"seats", seats}}});
             });
    return defer_join{};
  }

  const event_table& handle_in() const override {
    static const events<worker> table = {
      {"work",
       [](worker& self, const json&) {
         return self.blocking([door = self.door_->future] { return door.get(); },
                              [](int result) {
                                return reply::ok({{"result", result}});
                              });
       }},
      {"twice",
       [](worker& self, const json&) {
         return self.blocking([door = self.door_->future] { door.wait(); },
                              [&self] {
                                return self.blocking([] { return std::string{"second"}; },
                                                     [](const std::string& x) {
                                                       return reply::ok({{"x", x}});
                                                     });
                              });
       }},
      {"fail",
       [](worker& self, const json&) {
         return self.blocking([]() -> int { throw std::runtime_error("the disk is gone"); },
                              [](int) { return reply::ok(); });
       }},
      {"both",
       [](worker& self, const json&) {
         self.blocking([] {}, [] {});
         return self.blocking([] {}, [] {});
       }},
      {"ping", [](worker&, const json&) { return reply::ok(); }},
      {"crash", [](worker&, const json&) -> reply { throw std::runtime_error("as asked"); }},
      {"quit", [](worker& self, const json&) { self.self()->quit(); }},
    };
    return table;
  }

  caf::message_handler handle_info() override {
    return {[this](const std::string& x) { push("told", {{"x", x}}); }};
  }

  void restarted(const exit_info& crash) override { push("again", {{"why", crash.text}}); }

private:
  std::shared_ptr<gate> door_;
};

struct blocking_case : client_case {
  explicit blocking_case() : blocking_case(std::make_shared<gate>()) {}

  void join() {
    send(R"(["1","1","room:a","phx_join",{}])");
    seen();
  }

  /// The frames up to the one that contains `mark`. It waits, because tasks on the threads of the pool take real
  /// time.
  texts seen_until(std::string_view mark) {
    texts result;
    for (;;) {
      for (auto& x : seen())
        result.push_back(std::move(x));
      for (auto& x : result)
        if (x.find(mark) != std::string::npos)
          return result;
      std::this_thread::yield();
      settle();
    }
  }

  std::shared_ptr<gate> door;

private:
  explicit blocking_case(std::shared_ptr<gate> x)
    : client_case(endpoint{"/socket"}.serve<test::open_socket>().channel<worker>("room:*", {}, x), {}, {},
                  node_options{}),
      door(std::move(x)) {}
};

std::string ok(const char* ref, const std::string& response = "{}") {
  return R"(["1",")" + std::string{ref} + R"(","room:a","phx_reply",{"response":)" + response + R"(,"status":"ok"}])";
}

} // namespace

TEST_CASE("blocking: the reply comes when the work is done, and later events wait for it") {
  blocking_case test;
  test.join();
  test.send(R"(["1","2","room:a","work",{}])");
  test.send(R"(["1","3","room:a","ping",{}])");
  CHECK(test.seen().empty());
  test.door->opened.set_value(7);
  CHECK(test.seen_until("\"3\"") == texts{ok("2", R"({"result":7})"), ok("3")});
}

TEST_CASE("blocking: messages to the channel wait too, and none is lost") {
  blocking_case test;
  test.join();
  test.send(R"(["1","2","room:a","work",{}])");
  test.tell("room:a", std::string{"one"});
  test.tell("room:a", std::string{"two"});
  CHECK(test.seen().empty());
  test.door->opened.set_value(7);
  CHECK(test.seen_until("two")
        == texts{ok("2", R"({"result":7})"), R"(["1",null,"room:a","told",{"x":"one"}])",
                 R"(["1",null,"room:a","told",{"x":"two"}])"});
}

TEST_CASE("blocking: another topic of the same client does not wait") {
  blocking_case test;
  test.join();
  test.send(R"(["9","9","room:b","phx_join",{}])");
  test.seen();
  test.send(R"(["1","2","room:a","work",{}])");
  test.send(R"(["9","3","room:b","ping",{}])");
  CHECK(test.seen() == texts{R"(["9","3","room:b","phx_reply",{"response":{},"status":"ok"}])"});
  test.door->opened.set_value(7);
  test.seen_until("result");
}

TEST_CASE("blocking: a task may be followed by another one") {
  blocking_case test;
  test.join();
  test.door->opened.set_value(1);
  test.send(R"(["1","2","room:a","twice",{}])");
  test.send(R"(["1","3","room:a","ping",{}])");
  CHECK(test.seen_until("\"3\"") == texts{ok("2", R"({"x":"second"})"), ok("3")});
}

TEST_CASE("blocking: a task that throws crashes its channel, which restarts like any other") {
  blocking_case test;
  test.join();
  test.send(R"(["1","2","room:a","fail",{}])");
  test.send(R"(["1","3","room:a","ping",{}])");
  CHECK(test.seen_until("\"3\"")
        == texts{R"(["1","2","room:a","phx_reply",{"response":{"reason":"crashed"},"status":"error"}])",
                 R"(["1",null,"room:a","again",{"why":"the disk is gone"}])", ok("3")});
}

TEST_CASE("blocking: a second task at the same time is an error that names the mistake") {
  blocking_case test;
  test.join();
  test.send(R"(["1","2","room:a","both",{}])");
  CHECK(test.seen_until("again")[1].find("one blocking() at a time") != std::string::npos);
}

TEST_CASE("blocking: a leave waits for the task; a client that disconnects does not") {
  blocking_case test;
  test.join();
  test.send(R"(["1","2","room:a","work",{}])");
  test.send(R"(["1","3","room:a","phx_leave",{}])");
  CHECK(test.seen().empty());
  test.door->opened.set_value(7);
  CHECK(test.seen_until("phx_close")
        == texts{ok("2", R"({"result":7})"), ok("3"), R"(["1","1","room:a","phx_close",{}])"});
}

TEST_CASE("blocking: a join may wait for work") {
  blocking_case test;
  test.send(R"(["1","1","room:a","phx_join",{"ask":true}])");
  test.send(R"(["1","2","room:a","ping",{}])");
  CHECK(test.seen().empty());
  test.door->opened.set_value(3);
  CHECK(test.seen_until("\"2\"") == texts{ok("1", R"({"seats":3})"), ok("2")});
}

TEST_CASE("blocking: while a join waits for work, messages to the channel wait too") {
  blocking_case test;
  test.send(R"(["1","1","room:a","phx_join",{"ask":true}])");
  test.tell("room:a", std::string{"early"});
  CHECK(test.seen().empty());
  test.door->opened.set_value(3);
  CHECK(test.seen_until("early") == texts{ok("1", R"({"seats":3})"), R"(["1",null,"room:a","told",{"x":"early"}])"});
}

TEST_CASE("blocking: after a rejoin the earlier task does not complete and its channel sends nothing more") {
  blocking_case test;
  test.join();
  test.send_at_once({R"(["1","2","room:a","work",{}])", R"(["1","3","room:a","ping",{}])"});
  test.send(R"(["4","4","room:a","phx_join",{}])");
  CHECK(test.seen()
        == texts{R"(["4","4","room:a","phx_reply",{"response":{},"status":"ok"}])",
                 R"(["1","1","room:a","phx_close",{}])"});
  test.door->opened.set_value(7);
  test.send(R"(["4","5","room:a","work",{}])");
  CHECK(test.seen_until("\"5\"") == texts{R"(["4","5","room:a","phx_reply",{"response":{"result":7},"status":"ok"}])"});
}

TEST_CASE("blocking: an event is answered once although the next event crashes the channel") {
  blocking_case test;
  test.join();
  test.send_at_once({R"(["1","2","room:a","work",{}])", R"(["1","3","room:a","crash",{}])"});
  test.door->opened.set_value(7);
  const std::string crashed = R"(["1","3","room:a","phx_reply",{"response":{"reason":"crashed"},"status":"error"}])";
  CHECK(test.seen_until("again")
        == texts{ok("2", R"({"result":7})"), crashed, R"(["1",null,"room:a","again",{"why":"as asked"}])"});
}

TEST_CASE("blocking: an event whose channel crashes during its task is answered, too") {
  blocking_case test;
  test.join();
  test.send(R"(["1","2","room:a","work",{}])");
  signal_exit(test.client().find("room:a")->actor, exits::crash("as asked"));
  const std::string crashed = R"(["1","2","room:a","phx_reply",{"response":{"reason":"crashed"},"status":"error"}])";
  CHECK(test.seen_until("again") == texts{crashed, R"(["1",null,"room:a","again",{"why":"as asked"}])"});
  test.door->opened.set_value(7);
  test.send(R"(["1","3","room:a","ping",{}])");
  CHECK(test.seen_until("\"3\"") == texts{ok("3")});
}

TEST_CASE("channel: a channel that calls quit is closed, and its topic is free") {
  blocking_case test;
  test.join();
  test.send(R"(["1","2","room:a","quit",{}])");
  CHECK(test.seen() == texts{R"(["1","1","room:a","phx_close",{}])"});
  test.send(R"(["1","3","room:a","ping",{}])");
  CHECK(test.seen().front().find("unmatched topic") != std::string::npos);
}

TEST_CASE("blocking: without a pool the client receives an error") {
  blocking_case test;
  test.join();
  signal_exit(test.home().blocking().handle(), exits::kill());
  test.home().blocking() = blocking_pool{};
  test.send(R"(["1","2","room:a","work",{}])");
  CHECK(test.seen()
        == texts{R"(["1","2","room:a","phx_reply",{"response":{"reason":"unavailable"},"status":"error"}])"});
  test.door->opened.set_value(0);
}
