// What a socket decides and knows, and what its channels know of it. Source: Phoenix.Socket.
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;

namespace {

/// A visitor is somebody with a name. `anton` is banned, and the name `crash` throws.
class visitor_socket : public bennu::socket {
public:
  connect_result connect(const connect_info& info) override {
    name_ = info.auth_token.empty() ? std::string{info.param("name")} : info.auth_token;
    if (name_.empty())
      return connect_refused{};
    if (name_ == "anton")
      return connect_refused{451, "we know you"};
    if (name_ == "crash")
      throw std::runtime_error("as asked");
    from_ = info.peer_address + " " + std::string{info.header("x-country")} + " " + std::string{info.cookie("lang")};
    return connected{};
  }

  std::string id() const override { return "visitor:" + name_; }

  const std::string& from() const { return from_; }

  int orders = 0;

private:
  std::string name_;
  std::string from_;
};

class bar : public channel_of<bar> {
public:
  using channel_of::channel_of;
  join_result join(const json&) override { return accept{{{"from", socket_as<visitor_socket>().from()}}}; }
  static events<bar> events_in() {
    return {{"order",
             [](bar& self, const json&) {
               return reply::ok({{"orders", ++self.socket_as<visitor_socket>().orders}});
             }},
            {"way", [](bar& self, const json&) {
               return reply::ok({{"longpoll", self.transport() == transport_kind::longpoll}});
             }}};
  }
};

endpoint bars() {
  return endpoint{"/socket"}.serve<visitor_socket>().channel<bar>("bar:*");
}

} // namespace

TEST_CASE("socket: it accepts or refuses a client by its params or its token, with a status and a body") {
  channel_case test{bars()};
  CHECK(test.connect({{"name", "ann"}}).id() == "visitor:ann");
  CHECK(test.expect_connect_refused({}).status == 403);
  const auto refused = test.expect_connect_refused({{"name", "anton"}});
  CHECK(refused.status == 451);
  CHECK(refused.body == "we know you");
  connect_info with_token;
  with_token.auth_token = "bob";
  CHECK(test.connect_with(with_token).id() == "visitor:bob");
}

TEST_CASE("socket: it reads the address, the headers and the cookies of the request, and its channels read it") {
  channel_case test{bars()};
  connect_info info;
  info.params = {{"name", "ann"}};
  info.peer_address = "192.0.2.7";
  info.headers = {{"X-Country", "NL"}, {"Cookie", "theme=dark; lang=nl"}};
  CHECK(test.connect_with(info).join("bar:main").response().at("from") == "192.0.2.7 NL nl");
}

TEST_CASE("socket: an exception of connect reaches the caller, and the next client is served") {
  channel_case test{bars()};
  connect_info info;
  info.params = {{"name", "crash"}};
  CHECK_THROWS_WITH(test.try_connect(info), "as asked");
  CHECK_THROWS_WITH(test.connect({{"name", "crash"}}), "as asked");
  test.connect({{"name", "ann"}}).join("bar:main");
}

TEST_CASE("socket: all channels of one connection share it, and each connection has its own") {
  channel_case test{bars()};
  const auto ann = test.connect({{"name", "ann"}});
  const auto again = test.connect({{"name", "ann"}}).join("bar:main");
  const auto one = ann.join("bar:1"), two = ann.join("bar:2");
  one.expect_reply(one.push("order"), "ok", {{"orders", 1}});
  two.expect_reply(two.push("order"), "ok", {{"orders", 2}});
  again.expect_reply(again.push("order"), "ok", {{"orders", 1}});
}

TEST_CASE("socket: it outlives a crash of a channel, whose own members begin anew") {
  channel_case test{bars()};
  const auto ann = test.connect({{"name", "ann"}}).join("bar:main");
  ann.push("order");
  test.crash(ann);
  test.expect_restarted(ann);
  ann.expect_reply(ann.push("order"), "ok", {{"orders", 2}});
}

TEST_CASE("socket: a channel knows how its client is connected") {
  channel_case test{bars()};
  for (const auto kind : {transport_kind::websocket, transport_kind::longpoll}) {
    connect_info info;
    info.params = {{"name", "ann"}};
    info.transport = kind;
    const auto ann = test.connect_with(info).join("bar:main");
    ann.expect_reply(ann.push("way"), "ok", {{"longpoll", kind == transport_kind::longpoll}});
  }
}

TEST_CASE("socket: the broadcast `disconnect` on an id closes all connections with this id, on every node") {
  channel_case test{bars()};
  const auto other = test.start_node();
  const auto phone = test.connect({{"name", "ann"}});
  const auto laptop = other.connect({{"name", "ann"}});
  const auto bob = other.connect({{"name", "bob"}});
  for (const auto& x : {phone, laptop, bob})
    x.join("bar:main");
  test.broadcast("visitor:ann", "anything else");
  phone.expect_connected();
  test.broadcast("visitor:ann", "disconnect");
  for (const auto& x : {phone, laptop}) {
    x.expect_disconnected(1001);
    CHECK(x.topics().empty());
  }
  bob.expect_connected();
}
