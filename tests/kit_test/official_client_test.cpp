#include "tests/kit/cluster/official_client.hpp"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace bennu::engine;
using namespace std::chrono_literals;
using nlohmann::json;
using phase = official_channel::phase;

namespace {

/// The world around a client, played by the test.
struct surroundings : client_surroundings {
  void dial() override { dialled.push_back(now); }
  void send(std::string text) override { sent.push_back(json::parse(text)); }
  void hang_up() override { ++hung_up; }
  void after(std::chrono::milliseconds time, task f) override { timers.emplace(now + time, std::move(f)); }
  void note(const std::string&) override {}
  void violated(const std::string& what) override { violations.push_back(what); }

  void advance(std::chrono::milliseconds time) {
    const auto until = now + time;
    while (!timers.empty() && timers.begin()->first <= until) {
      auto timer = timers.extract(timers.begin());
      now = timer.key();
      timer.mapped()();
    }
    now = until;
  }

  /// What was sent since the last call, as `event ref`.
  std::vector<std::string> take() {
    std::vector<std::string> result;
    for (const auto& x : std::exchange(sent, {}))
      result.push_back(x[3].get<std::string>() + " " + x[1].get<std::string>());
    return result;
  }

  std::chrono::milliseconds now{0};
  std::vector<std::chrono::milliseconds> dialled;
  std::vector<json> sent;
  int hung_up = 0;
  std::vector<std::string> violations;
  std::multimap<std::chrono::milliseconds, task> timers;
};

struct client_test {
  surroundings around;
  official_client client{around};

  official_channel_ptr join() {
    auto room = client.channel("room:a", json::object());
    reply(room->join->ref, "ok");
    return room;
  }
  void reply(const std::string& ref, const std::string& status, const json& join_ref = nullptr) {
    client.received({join_ref, ref, "room:a", "phx_reply", {{"status", status}, {"response", json::object()}}});
  }
  void receive(const json& join_ref, const std::string& event) {
    client.received({join_ref, nullptr, "room:a", event, json::object()});
  }
};

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("official_client: a lost connection is dialled again after 10, 50, 100 … ms, then every 5 s") {
  client_test test;
  test.client.connect();
  for (int i = 0; i < 12; ++i) {
    test.client.closed(1006);
    test.around.advance(6s);
  }
  std::vector<std::chrono::milliseconds> waits;
  for (size_t i = 1; i < test.around.dialled.size(); ++i)
    waits.push_back(test.around.dialled[i] - 6s * static_cast<int>(i - 1));
  CHECK(waits
        == std::vector<std::chrono::milliseconds>{10ms, 50ms, 100ms, 150ms, 200ms, 250ms, 500ms, 1s, 2s, 5s, 5s, 5s});
}

TEST_CASE("official_client: an opened connection starts the row anew; after a close with 1000 it stays away") {
  client_test test;
  test.client.connect();
  test.client.closed(1006);
  test.around.advance(1s);
  test.client.closed(1006);
  test.around.advance(1s);
  test.client.opened();
  test.client.closed(1012);
  test.around.advance(10ms);
  CHECK(test.around.dialled.size() == 4);
  test.client.opened();
  test.client.closed(1000);
  test.around.advance(1h);
  CHECK(test.around.dialled.size() == 4);
}

TEST_CASE("official_client: a channel rejoins when the connection is open again, and sends what waited, in order") {
  client_test test;
  test.client.connect();
  test.client.opened();
  const auto room = test.join();
  CHECK(test.around.take() == texts{"phx_join 1"});
  test.client.closed(1006);
  CHECK(room->now == phase::errored);
  const auto first = test.client.push(room, "x", 1);
  test.client.push(room, "y", 2);
  test.around.advance(10ms);
  test.client.opened();
  CHECK(test.around.take() == texts{"phx_join 4"});
  test.reply("4", "ok");
  CHECK(test.around.take() == texts{"x 5", "y 6"});
  CHECK(room->joins == 2);
  test.reply("5", "ok");
  CHECK(first->status == "ok");
}

TEST_CASE("official_client: a refused join is tried again after 1, 2, 5 and then every 10 s") {
  client_test test;
  test.client.connect();
  test.client.opened();
  const auto room = test.client.channel("room:a", json::object());
  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 5; ++i) {
    const auto before = test.around.now;
    test.reply(room->join->ref, "error");
    test.around.take();
    while (test.around.sent.empty())
      test.around.advance(100ms);
    waits.push_back(test.around.now - before);
  }
  CHECK(waits == std::vector<std::chrono::milliseconds>{1s, 2s, 5s, 10s, 10s});
}

TEST_CASE("official_client: pushes and joins without a reply time out after 10 s; the join is left and tried again") {
  client_test test;
  test.client.connect();
  test.client.opened();
  const auto room = test.join();
  const auto push = test.client.push(room, "x", 1);
  test.around.advance(9'999ms);
  CHECK(push->status.empty());
  test.around.advance(1ms);
  CHECK(push->status == "timeout");
  const auto other = test.client.channel("room:b", json::object());
  test.around.take();
  test.around.advance(10s);
  CHECK(test.around.take() == texts{"phx_leave 4"});
  CHECK(other->now == phase::errored);
  test.around.advance(1s);
  CHECK(test.around.take() == texts{"phx_join 5"});
}

TEST_CASE("official_client: phx_error rejoins after 1 s, phx_close ends the channel; earlier joins are ignored") {
  client_test test;
  test.client.connect();
  test.client.opened();
  const auto room = test.join();
  test.receive("99", "phx_error");
  test.receive("99", "hello");
  CHECK(room->now == phase::joined);
  CHECK(room->received["hello"].empty());
  test.receive(nullptr, "hello");
  CHECK(room->received["hello"].size() == 1);
  test.receive("1", "phx_error");
  CHECK(room->now == phase::errored);
  test.around.take();
  test.around.advance(1s);
  CHECK(test.around.take() == texts{"phx_join 2"});
  test.reply("2", "ok");
  test.receive("2", "phx_close");
  CHECK(room->now == phase::closed);
  test.client.closed(1006);
  test.around.advance(1min);
  CHECK(test.around.take().empty());
}

TEST_CASE("official_client: a heartbeat without an answer gives the connection up") {
  client_test test;
  test.client.connect();
  test.client.opened();
  test.around.advance(30s);
  CHECK(test.around.take() == texts{"heartbeat 1"});
  test.client.received({nullptr, "1", "phoenix", "phx_reply", {{"status", "ok"}, {"response", json::object()}}});
  test.around.advance(30s);
  CHECK(test.around.take() == texts{"heartbeat 2"});
  CHECK(test.around.hung_up == 0);
  test.around.advance(30s);
  CHECK(test.around.hung_up == 1);
  test.around.advance(10ms);
  CHECK(test.around.dialled.size() == 2);
}

TEST_CASE("official_client: a second reply to one message violates the protocol") {
  client_test test;
  test.client.connect();
  test.client.opened();
  const auto room = test.join();
  const auto said = test.client.push(room, "say", 1);
  test.reply(said->ref, "ok");
  CHECK(test.around.violations.empty());
  test.reply(room->join->ref, "ok");
  CHECK(test.around.violations == texts{"got a second reply to ref 1 on room:a"});
}

TEST_CASE("official_client: a channel that leaves is closed at once and hears no more") {
  client_test test;
  test.client.connect();
  test.client.opened();
  const auto room = test.join();
  const auto said = test.client.push(room, "say", 1);
  test.around.take();
  test.client.leave(room);
  CHECK(test.around.take() == texts{"phx_leave 3"});
  CHECK(room->now == phase::closed);
  test.receive(nullptr, "hello");
  test.receive("1", "phx_close");
  CHECK(room->received["hello"].empty());
  test.reply(said->ref, "ok", "1");
  test.around.advance(10s);
  CHECK(said->status == "timeout"); // nobody gives the reply to it
  const auto again = test.join();
  test.receive(nullptr, "hello");
  CHECK(again->received["hello"].size() == 1);
}

TEST_CASE("official_client: after a join that timed out, or failed, what carries its join_ref is dropped") {
  client_test test;
  test.client.connect();
  test.client.opened();
  const auto room = test.client.channel("room:a", json::object());
  test.around.advance(10s);
  CHECK(room->now == phase::errored);
  test.receive("1", "late");
  test.receive("1", "phx_close");
  CHECK(room->received["late"].empty());
  test.around.advance(1s);
  CHECK(room->now == phase::joining);
  const auto second = room->join->ref;
  test.receive(second, "phx_error");
  test.receive(second, "late");
  CHECK(room->received["late"].empty());
  CHECK(room->now == phase::errored);
}
