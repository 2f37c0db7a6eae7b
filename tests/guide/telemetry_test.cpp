#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/client/large_channels.hpp"
#include "actors/client/unit_services.hpp"
#include "actors/node/node_parts.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/testing/channel_case.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

using names = std::set<std::string>;

/// A row of the table of events in the guide; a name with `?` may be missing.
struct row {
  names measurements, fields;
};

names names_in(const std::string& cell) {
  static const std::regex name{"`([a-z_]+[?]?)`"};
  names result;
  for (std::sregex_iterator i{cell.begin(), cell.end(), name}, end; i != end; ++i)
    result.insert((*i)[1].str());
  return result;
}

const std::map<std::string, row>& table() {
  static const auto result = [] {
    static const std::regex line_of_event{R"(^\| `([a-z_.]+)` \|.*\|([^|]*)\|([^|]*)\|[^|]*\|$)"};
    std::map<std::string, row> rows;
    std::ifstream page{std::string{BENNU_GUIDE_FOLDER} + "/telemetry.md"};
    std::smatch found;
    for (std::string line; std::getline(page, line);)
      if (std::regex_match(line, found, line_of_event))
        rows[found[1].str()] = {names_in(found[2].str()), names_in(found[3].str())};
    return rows;
  }();
  return result;
}

bool is_as_told(const names& real, const names& told) {
  for (const auto& x : told)
    if (x.back() != '?' && real.count(x) == 0)
      return false;
  return std::all_of(real.begin(), real.end(),
                     [&told](const auto& x) { return told.count(x) != 0 || told.count(x + "?") != 0; });
}

/// Compares every event of its nodes with the table, and counts them.
struct compared {
  std::map<std::string, int> seen;
  std::vector<std::string> wrong;

  void listen(node& at) {
    telemetry::of(at.system()).attach("*", [this](const telemetry_event& x) { compare(x); });
  }

  void compare(const telemetry_event& x) {
    ++seen[std::string{x.name}];
    names numbers, texts;
    for (const auto& one : x.measurements)
      numbers.emplace(one.name);
    for (const auto& one : x.fields)
      texts.emplace(one.name);
    const auto told = table().find(std::string{x.name});
    if (told == table().end() || !is_as_told(numbers, told->second.measurements)
        || !is_as_told(texts, told->second.fields))
      wrong.emplace_back(x.name);
  }
};

struct member_socket : bennu::socket {
  connect_result connect(const connect_info& info) override {
    name = info.param("user");
    return connected{};
  }
  std::string id() const override { return "user:" + name; }
  std::string name;
};

struct greeting {};
BENNU_MESSAGE(greeting)

/// A room that remembers what was said.
class talk : public channel_of<talk> {
public:
  using channel_of::channel_of;

  join_result join(const json& params) override {
    if (params.contains("refuse"))
      return refuse{{{"reason", "full"}}};
    self()->send(self(), greeting{});
    return accept{};
  }

  static events<talk> events_in() {
    return {{"say",
             [](talk& self, const json& in) {
               self.lines_.push_back(in.at("text").get<std::string>());
               self.bytes_ += self.lines_.back().size();
               self.broadcast("said", in);
               return reply::ok();
             }},
            {"size",
             [](talk& self, const json&) {
               const auto all = self.size();
               return reply::ok({{"own", all.own_bytes}, {"waiting", all.waiting_messages}});
             }},
            {"crash", [](talk&, const json&) -> reply { throw std::runtime_error("asked for"); }}};
  }

  caf::message_handler handle_info() override {
    return {[this](greeting) { presence().track(socket_as<member_socket>().name, json::object()); }};
  }

  size_t memory() const noexcept override { return lines_.capacity() * sizeof(std::string) + bytes_; }

private:
  std::vector<std::string> lines_;
  size_t bytes_ = 0;
};

endpoint talks() {
  return endpoint{"/socket"}.serve<member_socket>().channel<talk>("room:*");
}

} // namespace

TEST_CASE("guide: the table of events lists more than 50 events with their measurements") {
  CHECK(table().size() > 50);
  CHECK(table().at("channel.handled_in").measurements == names{"duration_us", "bytes"});
}

TEST_CASE("guide: every event of a cluster in trouble has exactly the measurements and fields that the table tells") {
  compared events;
  cluster_case test{
    1, [](node&) { return talks(); }, {.nodes = {"a", "b"}, .prepare = [&](node& x) { events.listen(x); }}};
  auto ann = test.connect("a", {{"user", "ann"}});
  auto room = ann.join("room:1");
  auto full = test.connect("b", {{"user", "bob"}}).join("room:2", {{"refuse", true}});
  test.run_for(3s);
  room.push("say", {{"text", "hi"}});
  test.run_for(1s);
  room.push("crash");
  test.run_for(1s);
  room.push("nonsense");
  test.run_for(1s);
  test.node("b").topics().broadcast("user:ann", "disconnect", payload(json{{"reason", "too loud"}}));
  test.run_for(5s);
  test.cut("a", "b");
  test.run_for(60s);
  test.heal("a", "b");
  test.run_for(10s);
  room.leave();
  test.run_for(1s);
  test.stop("b");
  test.run_for(10s);
  CHECK(events.wrong.empty());
  for (const auto* name :
       {"socket.connected", "socket.disconnected", "channel.join", "channel.handled_in", "channel.ended", "broadcast",
        "broadcast.delivered", "presence", "process.crashed", "supervisor.child_started", "supervisor.child_terminated",
        "supervisor.restarted", "node.up", "node.down", "presence.mirror"}) {
    CAPTURE(std::string{name});
    CHECK(events.seen[name] > 0);
  }
}

TEST_CASE("guide: handlers are attached in a line") {
  config settings;
  caf::actor_system system{settings};
  std::vector<std::string> complaints;
  std::map<std::string, int> told;
  auto& events = telemetry::of(system);
  const auto slow = events.attach("channel.handled_in", [&](const telemetry_event& x) {
    if (x.number("duration_us") > 100'000)
      complaints.push_back(std::string{x.text("event")});
  });
  events.attach("supervisor.*", [&](const telemetry_event& x) { ++told[std::string{x.name}]; });
  events.emit("channel.handled_in", {{"duration_us", 200'000}}, {{"event", "say"}});
  events.emit("channel.handled_in", {{"duration_us", 20}}, {{"event", "say"}});
  events.emit("supervisor.restarted", {}, {});
  events.detach(slow);
  CHECK(complaints == std::vector<std::string>{"say"});
  CHECK(told["supervisor.restarted"] == 1);
  int64_t earned = 0;
  events.attach("shop.sold", [&](const telemetry_event& x) { earned += x.number("cents"); });
  if (auto* hub = telemetry::listening(system))
    hub->emit("shop.sold", {{"cents", 1999}}, {{"item", "book"}});
  CHECK(earned == 1999);
}

TEST_CASE("guide: a channel knows what it holds and what waits for it") {
  channel_case test{talks()};
  auto room = test.connect({{"user", "ann"}}).join("room:1");
  room.expect_reply(room.push("say", {{"text", std::string(1000, 'x')}}), "ok");
  json own;
  room.expect_reply(room.push("size"), "ok", {{"own", capture(own)}, {"waiting", 0}});
  CHECK(own.get<size_t>() >= 1000);
}

TEST_CASE("guide: a channel of more than 10 MB is reported once in half a minute") {
  channel_case test{talks()};
  std::vector<int64_t> told;
  telemetry::of(test.home().system()).attach("channel.large", [&](const telemetry_event& x) {
    told.push_back(x.number("own_bytes"));
  });
  auto room = test.connect({{"user", "ann"}}).join("room:1");
  const auto& unit = *test.home().parts().units.front();
  engine::large_channels watch;
  std::chrono::steady_clock::time_point now{1h};
  for (int i = 0; i < 2; ++i) {
    room.expect_reply(room.push("say", {{"text", std::string(6'000'000, 'x')}}), "ok");
    now += engine::large_channels::interval;
    watch.look(unit, now);
    watch.look(unit, now);
  }
  REQUIRE(told.size() == 1);
  CHECK(told.front() >= 12'000'000);
}

TEST_CASE("guide: the reason of a disconnect and the end of a channel are told, each once") {
  std::vector<std::string> ends;
  cluster_case test{1, [](node&) { return talks(); }, {.nodes = {"a"}, .prepare = [&](node& x) {
                                                         const auto note = [&ends](const telemetry_event& e) {
                                                           ends.push_back(std::string{e.name} + " "
                                                                          + std::string{e.text("reason")} + " "
                                                                          + std::string{e.text("text")});
                                                         };
                                                         telemetry::of(x.system()).attach("socket.disconnected", note);
                                                         telemetry::of(x.system()).attach("channel.ended", note);
                                                       }}};
  auto client = test.connect("a", {{"user", "ann"}});
  auto room = client.join("room:1");
  test.run_for(1s);
  test.node("a").topics().broadcast("user:ann", "disconnect", payload(json{{"reason", "too loud"}}));
  test.run_for(100ms);
  CHECK(
    ends
    == std::vector<std::string>{"socket.disconnected kicked disconnect was broadcast on user:ann: too loud",
                                "channel.ended disconnected kicked: disconnect was broadcast on user:ann: too loud"});
}
