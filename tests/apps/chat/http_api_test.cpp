#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <set>
#include <vector>

#include "apps/chat/http_answers.hpp"
#include "apps/chat/http_api.hpp"
#include "apps/chat/window_limiter.hpp"
#include "apps/chat/wire_format.hpp"
#include "tests/apps/chat/running_tree.hpp"
#include "tests/apps/chat/store_fixture.hpp"

using namespace chat;
using bennu::address_key;
using bennu::http_request;
using bennu::http_response;

namespace {

/// The API with a new database; each call waits for its answer.
struct api_fixture : store_fixture {
  using route = void (http_api::*)(const http_request&, bennu::http_reply) const;

  http_response ask(route to, std::string body, std::string token = {}) {
    return send(to, std::move(body), token)->get();
  }

  /// The answer that will come.
  std::shared_ptr<std::future<http_response>> send(route to, std::string body, const std::string& token = {}) {
    auto answer = std::make_shared<std::promise<http_response>>();
    http_request request;
    request.method = "POST";
    request.path = "/";
    request.body = std::move(body);
    request.peer_address = address;
    request.query = query;
    if (!token.empty())
      request.headers.emplace_back("authorization", "Bearer " + token);
    (api.*to)(request, [answer](http_response x) { answer->set_value(std::move(x)); });
    return std::make_shared<std::future<http_response>>(answer->get_future());
  }

  std::string address = "192.0.2.1", query;

  std::string sign_up(const std::string& name) {
    auto made = ask(&http_api::sign_up, R"({"name":")" + name + R"(","password":"12345678"})");
    return json::parse(made.body).at("token");
  }

  services_ptr shared =
    std::make_shared<services>([this] { return make_store(place); }, token_key{std::string(32, 's')}, word_filter{});
  running_tree tree{shared->children()};
  http_api api{shared};
};

} // namespace

TEST_CASE_FIXTURE(api_fixture, "http: a user who signs up gets a token that admits to rooms") {
  auto made = ask(&http_api::sign_up, R"({"name":"Ann","password":"12345678"})");
  CHECK(made.status == 201);
  auto body = json::parse(made.body);
  CHECK(body.at("user") == json{{"id", 1}, {"name", "Ann"}, {"avatar", "/avatars/Ann.svg"}});
  auto rooms = ask(&http_api::list_rooms, "", body.at("token"));
  CHECK(rooms.status == 200);
  CHECK(json::parse(rooms.body) == json{{"rooms", {{{"id", "lobby"}, {"name", "Lobby"}, {"private", false}}}}});
}

TEST_CASE_FIXTURE(api_fixture, "http: a taken name is 409, in any case") {
  sign_up("ann");
  auto again = ask(&http_api::sign_up, R"({"name":"ANN","password":"12345678"})");
  CHECK(again.status == 409);
  CHECK(json::parse(again.body).at("errors").contains("name"));
}

TEST_CASE_FIXTURE(api_fixture, "http: invalid fields are 422 and all of them are named; malformed JSON is 400") {
  auto refused = ask(&http_api::sign_up, R"({"name":7,"password":"short"})");
  CHECK(refused.status == 422);
  CHECK(json::parse(refused.body)
        == json{{"errors", {{"name", {"must be a string"}}, {"password", {"should be at least 8 bytes"}}}}});
  CHECK(ask(&http_api::sign_up, "{}").status == 422);
  for (auto* bad : {"", "{", "[]", "\"x\"", "{\"name\":\"\xff\"}"})
    CHECK(ask(&http_api::sign_up, bad).status == 400);
}

TEST_CASE_FIXTURE(api_fixture, "http: a sign-in returns the same user; a wrong password and an unknown name are 401") {
  sign_up("ann");
  auto good = ask(&http_api::sign_in, R"({"name":"aNN","password":"12345678"})");
  CHECK(good.status == 200);
  CHECK(json::parse(good.body).at("user").at("name") == "ann");
  CHECK(ask(&http_api::sign_in, R"({"name":"ann","password":"12345679"})").status == 401);
  CHECK(ask(&http_api::sign_in, R"({"name":"bob","password":"12345678"})").status == 401);
}

TEST_CASE_FIXTURE(api_fixture, "http: after ten failures an address gets 429, even with the right password") {
  sign_up("ann");
  const auto now = window_limiter::clock::now();
  for (int i = 0; i < 9; ++i)
    shared->failed_sign_ins.take("192.0.2.1", now);
  CHECK(ask(&http_api::sign_in, R"({"name":"ann","password":"wrong one"})").status == 401);
  auto refused = ask(&http_api::sign_in, R"({"name":"ann","password":"12345678"})");
  CHECK(refused.status == 429);
}

TEST_CASE_FIXTURE(api_fixture, "http: rooms need a token, can be created once, and know their members") {
  CHECK(ask(&http_api::list_rooms, "").status == 401);
  CHECK(ask(&http_api::add_room, "{}", "rubbish").status == 401);
  auto ann = sign_up("ann"), bob = sign_up("bob"), eve = sign_up("eve");
  const auto* den = R"({"id":"den","name":"Den","private":true,"members":["bob"]})";
  CHECK(ask(&http_api::add_room, den, ann).status == 201);
  CHECK(ask(&http_api::add_room, den, ann).status == 409);
  CHECK(json::parse(ask(&http_api::list_rooms, "", bob).body).at("rooms").size() == 2);
  CHECK(json::parse(ask(&http_api::list_rooms, "", eve).body).at("rooms").size() == 1);
  auto unknown = ask(&http_api::add_room, R"({"id":"x","name":"X","members":["zoe"]})", ann);
  CHECK(unknown.status == 422);
  CHECK(json::parse(unknown.body).at("errors").at("members").at(0) == "no such user: zoe");
  CHECK(ask(&http_api::add_room, R"({"id":"a b","name":" ","private":1,"members":[1]})", ann).status == 422);
}

TEST_CASE_FIXTURE(api_fixture, "http: while the database is away the answer is 503, and afterwards requests work again"
                                 * doctest::skip(!store_fixture::on_sqlite())) {
  auto token = sign_up("ann");
  std::filesystem::rename(file(), file() + ".away");
  CHECK(ask(&http_api::list_rooms, "", token).status == 503);
  std::filesystem::rename(file() + ".away", file());
  CHECK(ask(&http_api::list_rooms, "", token).status == 200);
}

TEST_CASE_FIXTURE(api_fixture, "http: a /64 of IPv6 and an IPv4 address, however it is written, are one client") {
  CHECK(address_key("2001:db8:1:2:3:4:5:6") == address_key("2001:db8:1:2::9"));
  CHECK(address_key("2001:db8:1:2::9") != address_key("2001:db8:1:3::9"));
  CHECK(address_key("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(address_key("fe80::1%eth0") == address_key("fe80::2"));
  sign_up("ann");
  for (int i = 0; i < 10; ++i) {
    address = "2001:db8:1:2::" + std::to_string(i + 1);
    CHECK(ask(&http_api::sign_in, R"({"name":"ann","password":"wrong one"})").status == 401);
  }
  address = "2001:db8:1:2:ffff::1";
  CHECK(ask(&http_api::sign_in, R"({"name":"ann","password":"12345678"})").status == 429);
}

TEST_CASE_FIXTURE(
  api_fixture, "http: after twenty sign-ups in a minute an address gets 429 with Retry-After; other addresses do not") {
  const auto now = window_limiter::clock::now();
  for (int i = 0; i < 20; ++i)
    shared->sign_ups.take(address_key(address), now);
  const auto refused = ask(&http_api::sign_up, R"({"name":"ann","password":"12345678"})");
  CHECK(refused.status == 429);
  CHECK(std::count(refused.headers.begin(), refused.headers.end(), bennu::http_header{"Retry-After", "60"}) == 1);
  address = "192.0.2.2";
  CHECK(ask(&http_api::sign_up, R"({"name":"ann","password":"12345678"})").status == 201);
}

TEST_CASE_FIXTURE(api_fixture,
                  "http: a flood of sign-ups is refused with 503, and a sign-in overtakes waiting sign-ups") {
  sign_up("ann");
  for (auto* limiter : {&shared->sign_ups, &shared->all_sign_ups})
    limiter->widen(100);
  std::vector<std::shared_ptr<std::future<http_response>>> flood;
  for (int i = 0; i < 60; ++i)
    flood.push_back(send(&http_api::sign_up, R"({"name":"u)" + std::to_string(i) + R"(","password":"12345678"})"));
  CHECK(ask(&http_api::sign_in, R"({"name":"ann","password":"12345678"})").status == 200);
  size_t waiting = 0, refused = 0;
  for (auto& x : flood)
    waiting += x->wait_for(std::chrono::seconds{0}) == std::future_status::timeout ? 1 : 0;
  CHECK(waiting > 0); // the sign-in came last, and did not wait for them
  for (auto& x : flood)
    if (const auto answer = x->get(); answer.status == 503) {
      ++refused;
      CHECK(std::count(answer.headers.begin(), answer.headers.end(), bennu::http_header{"Retry-After", "5"}) == 1);
    }
  CHECK(refused > 0);
  CHECK(refused < flood.size());
}

TEST_CASE_FIXTURE(api_fixture, "http: the list of rooms comes in pages of a hundred, each room once") {
  const auto ann = sign_up("ann"), bob = sign_up("bob");
  const auto owner = shared->tokens.read(ann, unix_seconds())->owner.id;
  for (int i = 0; i < 150; ++i)
    REQUIRE(
      db().add_room({"r" + std::to_string(i), "Room " + std::to_string(i % 7), false}, owner, {}, {1000, 1000}).ok());
  for (const auto& token : {ann, bob}) {
    query.clear();
    const auto first = json::parse(ask(&http_api::list_rooms, "", token).body);
    CHECK(first.at("rooms").size() == 100);
    CHECK(first.at("rooms").at(0).at("id") == "lobby");
    query = "after=" + first.at("next").get<std::string>();
    const auto second = json::parse(ask(&http_api::list_rooms, "", token).body);
    CHECK(second.at("rooms").size() == 51);
    CHECK_FALSE(second.contains("next"));
    std::set<std::string> ids;
    for (const auto& page : {first, second})
      for (const auto& room : page.at("rooms"))
        ids.insert(room.at("id"));
    CHECK(ids.size() == 151);
  }
  query = "after=a%20b";
  CHECK(ask(&http_api::list_rooms, "", ann).status == 400);
}

TEST_CASE_FIXTURE(api_fixture, "http: a user may create thirty rooms a minute, and a hundred in all") {
  const auto ann = sign_up("ann");
  auto make = [&](int n) {
    return ask(&http_api::add_room, R"({"id":"r)" + std::to_string(n) + R"(","name":"R"})", ann).status;
  };
  for (int i = 0; i < 30; ++i)
    CHECK(make(i) == 201);
  CHECK(make(30) == 429);
  shared->new_rooms.widen(10);
  shared->most_rooms.of_one_user = 31;
  CHECK(make(31) == 201);
  CHECK(make(32) == 422);
  shared->most_rooms = {100, 32};
  CHECK(make(33) == 422);
}

TEST_CASE_FIXTURE(api_fixture, "http: a token is renewed for its owner, until the session is thirty days old") {
  const auto ann = sign_up("ann");
  const auto renewed = ask(&http_api::renew_token, "", ann);
  CHECK(renewed.status == 200);
  CHECK(json::parse(renewed.body).at("user").at("name") == "ann");
  const auto session = shared->tokens.read(json::parse(renewed.body).at("token").get<std::string>(), unix_seconds());
  REQUIRE(session);
  CHECK(shared->tokens.renew(*session, session->signed_in_at + token_key::max_session.count() - 1));
  CHECK_FALSE(shared->tokens.renew(*session, session->signed_in_at + token_key::max_session.count()));
  CHECK(ask(&http_api::renew_token, "", "rubbish").status == 401);
}
