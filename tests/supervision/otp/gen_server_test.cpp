#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include <caf/scoped_actor.hpp>

#include "tests/supervision/otp/otp_case.hpp"
#include "tests/supervision/threaded_system.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/gen_server.hpp>
#include <bennu/supervision/stash.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

struct tally {
  int sum = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tally& x) {
  return f(caf::meta::type_name("tally"), x.sum);
}

/// Tells the next servers what to do at their start, and keeps what all of them did.
struct notebook {
  std::function<init_result()> init = [] { return init_result::ok(); };
  std::vector<std::string> lines;
  bool throws_at_end = false;
};

class counter : public gen_server<tally> {
public:
  counter(caf::actor_config& cfg, notebook& book) : gen_server(cfg), book_(book) {}

protected:
  init_result init() override {
    book_.lines.push_back("init");
    return book_.init();
  }

  caf::message_handler handle_messages() override {
    return {
      [this](int x) {
        book_.lines.push_back("add " + std::to_string(x));
        if (x < 0)
          throw std::runtime_error{"negative"};
        return state.sum += x;
      },
      [this](const std::string& x) {
        if (x == "leave")
          return quit(exits::shutdown("left"));
        continue_with([this] { book_.lines.push_back("after the handler"); });
        book_.lines.push_back("in the handler");
      },
    };
  }

  void terminate(const exit_info& why) override {
    book_.lines.push_back("terminate " + to_string(why));
    if (book_.throws_at_end)
      throw std::runtime_error{"at the end"};
  }

private:
  notebook& book_;
};

using lines = std::vector<std::string>;

/// A supervisor with one such server.
struct server_case {
  notebook book;
  otp_case t;

  caf::actor start(restart kept = restart::permanent) {
    t.start(supervisor_spec{}.intensity({3, 5s}).add(child<counter>("counter", std::ref(book)).restart_as(kept)));
    return server();
  }

  caf::actor server() {
    auto all = t.children();
    return all.empty() ? caf::actor{} : all[0].actor;
  }

  template <class... Ts>
  void send(const caf::actor& whom, Ts&&... xs) {
    caf::anon_send(whom, std::forward<Ts>(xs)...);
    t.world.settle();
  }
};

} // namespace

TEST_CASE("otp: gen_server: it answers requests from its state") {
  server_case test;
  auto server = test.start();
  CHECK(test.t.world.ask<int>(server, 3) == 3);
  CHECK(test.t.world.ask<int>(server, 4) == 7);
}

TEST_CASE("otp: gen_server: the step of init runs after the acknowledgement and before the first message") {
  server_case test;
  test.book.init = [&] { return init_result::ok().continue_with([&] { test.book.lines.emplace_back("continue"); }); };
  auto server = test.start();
  test.send(server, 1);
  CHECK(test.book.lines == lines{"init", "continue", "add 1"});
}

TEST_CASE("otp: gen_server: a handler's step runs before the next message") {
  server_case test;
  auto server = test.start();
  caf::anon_send(server, std::string{"go on"});
  test.send(server, 1);
  CHECK(test.book.lines == lines{"init", "in the handler", "after the handler", "add 1"});
}

TEST_CASE("otp: gen_server: init that ignores leaves the child undefined, and terminate is not called") {
  server_case test;
  test.book.init = [] { return init_result::ignore(); };
  CHECK_FALSE(test.start());
  CHECK(test.t.which() == "counter undefined");
  CHECK(test.book.lines == lines{"init"});
  CHECK_FALSE(test.t.top_end());
}

TEST_CASE("otp: gen_server: init that stops is a failed start with that reason") {
  server_case test;
  test.book.init = [] { return init_result::stop(exits::crash("no such file")); };
  test.t.start(supervisor_spec{}.add(child<counter>("counter", std::ref(test.book))));
  REQUIRE(test.t.top_end());
  CHECK(test.t.top_end()->text == "failed_to_start_child counter: crashed: no such file");
  CHECK(test.book.lines == lines{"init"});
}

TEST_CASE("otp: gen_server: init that throws is a failed start with that text") {
  server_case test;
  test.book.init = []() -> init_result { throw std::runtime_error{"cannot begin"}; };
  test.t.start(supervisor_spec{}.add(child<counter>("counter", std::ref(test.book))));
  REQUIRE(test.t.top_end());
  CHECK(test.t.top_end()->text == "failed_to_start_child counter: crashed: cannot begin");
  CHECK(test.book.lines == lines{"init"});
}

TEST_CASE("otp: gen_server: the caller of start_child receives the info that init returns") {
  server_case test;
  test.t.start(supervisor_spec{});
  test.book.init = [] { return init_result::ok(caf::make_message(std::string{"extra"})); };
  auto started = test.t.start_child(child<counter>("counter", std::ref(test.book)));
  CHECK(started.actor);
  CHECK(started.info.get_as<std::string>(0) == "extra");
}

TEST_CASE("otp: gen_server: terminate receives the reason of the end, whatever it is") {
  server_case test;
  auto server = test.start(restart::transient);
  test.send(server, -1);
  CHECK(test.book.lines == lines{"init", "add -1", "terminate crashed: negative", "init"});
  test.book.lines.clear();
  test.send(test.server(), std::string{"leave"});
  CHECK(test.book.lines == lines{"terminate shutdown: left"});
  CHECK(test.t.which() == "counter undefined");
  test.book.lines.clear();
  test.t.restart_child("counter");
  test.t.stop();
  CHECK(test.book.lines == lines{"init", "terminate shutdown"});
}

TEST_CASE("otp: gen_server: a kill does not call terminate") {
  server_case test;
  auto server = test.start();
  signal_exit(server, exits::kill());
  test.t.world.settle();
  CHECK(test.book.lines == lines{"init", "init"});
}

TEST_CASE("otp: gen_server: a terminate that throws is reported, and the server ends") {
  server_case test;
  test.book.throws_at_end = true;
  auto server = test.start(restart::temporary);
  test.send(server, std::string{"leave"});
  CHECK(test.t.world.events("process.crashed") == 1);
  CHECK(test.t.which().empty());
}

TEST_CASE("otp: gen_server: stop answers when terminate has run") {
  server_case test;
  auto server = test.start(restart::temporary);
  CHECK(test.t.world.demand(server, stop_command{exits::shutdown("enough")}));
  CHECK(test.book.lines == lines{"init", "terminate shutdown: enough"});
  CHECK_FALSE(test.t.world.demand(server, stop_command{}));
  CHECK(test.t.world.error() == caf::sec::request_receiver_down);
}

TEST_CASE("otp: gen_server: stop is handled after the messages before it, also when a thread calls it") {
  threaded_system world;
  notebook book;
  caf::scoped_actor self{world.system()};
  auto server = self->spawn<counter>(std::ref(book));
  self->send(server, 1);
  auto stopped = false;
  stop(self, server, exits::normal(), 10s).receive([&] { stopped = true; }, [](caf::error&) {});
  CHECK(stopped);
  CHECK(book.lines == lines{"init", "add 1", "terminate normal"});
}

TEST_CASE("otp: gen_server: stop of a server whose terminate throws returns the error") {
  server_case test;
  test.book.throws_at_end = true;
  auto server = test.start(restart::temporary);
  CHECK_FALSE(test.t.world.demand(server, stop_command{}));
  CHECK(classify(test.t.world.error()).text == "at the end");
}

TEST_CASE("otp: gen_server: its state can be read") {
  server_case test;
  auto server = test.start();
  test.send(server, 5);
  auto seen = test.t.world.ask<state_snapshot>(server, get_state_command{});
  REQUIRE(seen.as<tally>());
  CHECK(seen.as<tally>()->sum == 5);
  CHECK_FALSE(seen.as<int>());
  CHECK(seen.text == "tally(5)");
  CHECK(seen.label.find("counter") != std::string::npos);
}

TEST_CASE("otp: gen_server: a thread can read its state") {
  threaded_system world;
  notebook book;
  caf::scoped_actor self{world.system()};
  auto server = self->spawn<counter>(std::ref(book));
  self->send(server, 1);
  auto sum = 0;
  get_state(self, server, 10s).receive([&](const state_snapshot& x) { sum = x.as<tally>()->sum; }, [](caf::error&) {});
  CHECK(sum == 1);
  stop(self, server, exits::normal(), 10s).receive([] {}, [](caf::error&) {}); // it uses the notebook until its end
}

TEST_CASE("otp: gen_server: a state in a stash survives a crash") {
  class saver : public gen_server<int> {
  public:
    saver(caf::actor_config& cfg, stash<int> kept) : gen_server(cfg), kept_(std::move(kept)) {}

  protected:
    init_result init() override {
      state = kept_.take().value_or(0);
      return init_result::ok();
    }
    caf::message_handler handle_messages() override {
      return {[this](int x) {
        if (x < 0)
          throw std::runtime_error{"negative"};
        return state += x;
      }};
    }
    void terminate(const exit_info&) override { kept_.put(state); }

  private:
    stash<int> kept_;
  };
  server_case test;
  test.t.start(supervisor_spec{}.add(child<saver>("saver", stash<int>{})));
  CHECK(test.t.world.ask<int>(test.server(), 5) == 5);
  test.send(test.server(), -1);
  CHECK(test.t.world.ask<int>(test.server(), 1) == 6);
}

TEST_CASE("otp: gen_server: a server can run without a supervisor") {
  server_case test;
  auto server = test.t.world.own(test.t.world.system().spawn<counter>(std::ref(test.book)));
  CHECK(test.t.world.ask<int>(server, 1) == 1);
  CHECK(test.t.world.events("process.unexpected") == 0);
}
