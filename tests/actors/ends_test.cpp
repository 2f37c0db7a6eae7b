#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/send.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/client/connection_messages.hpp"
#include "actors/client/unit_services.hpp"
#include "tests/kit/channel/test_session.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using engine::case_parts;
using namespace std::chrono_literals;

namespace {

class ending_room : public channel_of<ending_room> {
public:
  using channel_of::channel_of;
  join_result join(const json& params) override {
    if (params.contains("crash"))
      throw std::runtime_error("asked for");
    if (params.contains("refuse"))
      return refuse{};
    return accept{};
  }
  static events<ending_room> events_in() {
    return {{"stop", [](ending_room&, const json&) { return reply::none().stop(); }},
            {"crash", [](ending_room&, const json&) -> reply { throw std::runtime_error("asked for"); }}};
  }
};

struct named_socket : bennu::socket {
  connect_result connect(const connect_info& info) override {
    if (info.param("expires").empty())
      return connected{};
    return connected{.expires_after = 1s};
  }
  std::string id() const override { return "user:7"; }
};

/// How clients and channels have ended. The handlers of telemetry write to it until the case is gone.
struct told {
  std::vector<std::string> ends, channels, joins;
  int64_t messages_in = 0, age_ms = 0;
  std::string socket;
};

/// A client in a room.
struct ends_case : told, channel_case {
  explicit ends_case(std::map<std::string, std::string> params = {}, channel_options options = {})
    : channel_case(endpoint{"/socket"}.serve<named_socket>().channel<ending_room>("room:*", options)),
      client(connect(std::move(params))), room(client.join("room:a")) {
    auto& hub = telemetry::of(connection().unit().shared.system);
    hub.attach("socket.disconnected", [this](const telemetry_event& x) {
      ends.push_back(std::string{x.text("reason")} + ": " + std::string{x.text("text")});
      messages_in = x.number("messages_in");
      age_ms = x.number("age_ms");
      socket = x.text("socket");
    });
    hub.attach("channel.join", [this](const telemetry_event& x) {
      joins.push_back(std::string{x.text("result")} + " " + std::string{x.text("response")});
    });
    hub.attach("channel.ended", [this](const telemetry_event& x) {
      channels.push_back(std::string{x.text("reason")} + ": " + std::string{x.text("text")});
    });
  }

  engine::connection& connection() { return case_parts::connection_of(client); }

  test_client client;
  test_channel room;
};

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("ends: a lost connection is told once, with its socket, its age and its messages") {
  ends_case test;
  test.advance(1500ms);
  test.client.close();
  CHECK(test.ends == texts{"lost: the connection was lost"});
  CHECK(test.channels == texts{"disconnected: lost: the connection was lost"});
  CHECK(test.messages_in == 1);
  CHECK(test.age_ms == 1500);
  CHECK(test.socket == "user:7");
}

TEST_CASE("ends: the first reason counts") {
  ends_case test;
  test.connection().kicked("too loud");
  test.connection().ends(engine::end_reason::slow, "later");
  test.advance(0s);
  CHECK(test.ends == texts{"kicked: disconnect was broadcast on user:7: too loud"});
}

TEST_CASE("ends: a disconnect by the id of the socket tells the reason that its broadcast carries") {
  ends_case test;
  test.broadcast("user:7", "disconnect", {{"reason", "signed out"}});
  CHECK(test.ends == texts{"kicked: disconnect was broadcast on user:7: signed out"});
}

TEST_CASE("ends: a client whose token is not refreshed is disconnected as expired") {
  ends_case test{{{"expires", "soon"}}};
  test.advance(10min);
  CHECK(test.ends == texts{"expired: its token has expired, and it did not refresh it"});
}

TEST_CASE("ends: a client of a server that stops is disconnected as drain") {
  ends_case test;
  caf::anon_send(test.connection().actor, engine::drain{});
  test.advance(0s);
  CHECK(test.ends == texts{"drain: the server stops"});
}

TEST_CASE("ends: a connection whose actor crashes too often ends with the crash") {
  ends_case test;
  for (int i = 0; i < 4; ++i)
    test.crash("connection");
  REQUIRE(test.ends.size() == 1);
  CHECK(test.ends[0].substr(0, 47) == "crash: the connection's actor crashed too often");
}

TEST_CASE("ends: a channel ends because its client leaves or rejoins, it stops, or it is given up") {
  ends_case test{{}, {.restart_as = restart::temporary}};
  SUBCASE("a leave") {
    test.room.leave();
    CHECK(test.channels == texts{"left: "});
  }
  SUBCASE("a rejoin") {
    test.client.join("room:a");
    CHECK(test.channels == texts{"replaced: "});
  }
  SUBCASE("a stop") {
    test.room.push("stop");
    CHECK(test.channels == texts{"stopped: "});
  }
  SUBCASE("a crash") {
    test.room.push("crash");
    CHECK(test.channels == texts{"crash: asked for"});
  }
}

TEST_CASE("ends: a crash after which the channel restarts is no end") {
  ends_case test;
  test.room.push("crash");
  CHECK(test.channels.empty());
  test.client.expect_connected();
}

TEST_CASE("ends: a join that crashes is told as a crash, and one that is refused as an error") {
  ends_case test;
  test.client.expect_join_refused("room:b", {{"crash", 1}});
  test.client.expect_join_refused("room:c", {{"refuse", 1}});
  test.client.join("room:d");
  CHECK(test.joins == texts{R"(crash {"reason":"join crashed"})", "error {}", "ok {}"});
  CHECK(test.channels.empty());
}
