// The code of apps/guide/presence.md.
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace std::chrono_literals;
using bennu::any;
using bennu::json;

namespace meeting {

struct guest_socket : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info& info) override {
    name = info.param("name");
    return bennu::connected{};
  }

  std::string name;
};

struct after_join {};

} // namespace meeting

BENNU_MESSAGE(meeting::after_join)

namespace meeting {

/// Topic `meeting:NAME`.
class room : public bennu::channel_of<room> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const json&) override {
    self()->send(self(), after_join{}); // nothing can be pushed before the client has joined
    return bennu::accept{};
  }

  caf::message_handler handle_info() override {
    return {[this](after_join) {
      presence().track(me(), {{"hand", "down"}});
      push("presence_state", presence().list());
    }};
  }

  static bennu::events<room> events_in() {
    return {{"raise_hand",
             [](room& self, const json&) {
               self.presence().update(self.me(), {{"hand", "up"}});
             }},
            {"count", [](room& self, const json&) {
               return bennu::reply::ok({{"here", self.presence().count()}});
             }}};
  }

private:
  const std::string& me() const { return socket_as<guest_socket>().name; }
};

/// Adds the full name of each guest before clients receive it.
class with_full_names : public bennu::presence_handler {
public:
  json fetch(const std::string&, json presences) override {
    for (auto& [key, presence] : presences.items())
      presence["full_name"] = names_.count(key) != 0 ? names_.at(key) : key;
    return presences;
  }

private:
  const std::map<std::string, std::string> names_{{"ann", "Ann Arbor"}}; // read before, not from a database here
};

namespace {

bennu::endpoint meeting_endpoint() {
  return bennu::endpoint{"/socket"}.serve<guest_socket>().channel<room>("meeting:*");
}

void prepare(bennu::node& home) {
  home.presences().handle_with(std::make_shared<with_full_names>());
}

} // namespace

TEST_CASE("guide: who joins sees everybody, and everybody sees who comes, changes and goes") {
  bennu::channel_case test{meeting_endpoint(), {.prepare = prepare}};
  auto ann = test.connect({{"name", "ann"}}).join("meeting:monday");
  auto bobs_client = test.connect({{"name", "bob"}});
  auto bob = bobs_client.join("meeting:monday");
  const auto state = bob.expect_push("presence_state");
  CHECK(state.at("ann").at("full_name") == "Ann Arbor");
  CHECK(state.at("ann").at("metas").at(0).at("hand") == "down");
  ann.expect_reply(ann.push("count"), "ok", {{"here", 2}});
  ann.push("raise_hand");
  test.advance(1s);
  bob.expect_received("presence_diff", {{"joins", {{"ann", any()}}}});
  bobs_client.close();
  test.advance(1s);
  ann.expect_received("presence_diff", {{"leaves", {{"bob", any()}}}});
}

TEST_CASE("guide: the other node sees who is here") {
  bennu::channel_case test{meeting_endpoint(), {.prepare = prepare}};
  auto other = test.start_node("b");
  auto ann = test.connect({{"name", "ann"}}).join("meeting:monday");
  test.advance(1s);
  CHECK(other.presence("meeting:monday").contains("ann"));
  other.cut();
  test.advance(10s); // longer than the grace of 5 s
  CHECK_FALSE(other.presence("meeting:monday").contains("ann"));
  other.heal();
  test.advance(2s);
  CHECK(other.presence("meeting:monday").contains("ann"));
}

} // namespace meeting
