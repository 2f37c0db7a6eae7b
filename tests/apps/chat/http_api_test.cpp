#include <doctest/doctest.h>

#include <future>

#include "apps/chat/http_api.hpp"
#include "apps/chat/wire_format.hpp"
#include "tests/apps/chat/running_tree.hpp"
#include "tests/apps/chat/store_fixture.hpp"

using namespace chat;
using bennu::http_request;
using bennu::http_response;

namespace {

/// The API with a new database; each call waits for its answer.
struct api_fixture : store_fixture {
  using route = void (http_api::*)(const http_request&, bennu::http_reply) const;

  http_response ask(route to, std::string body, std::string token = {}) {
    auto answer = std::make_shared<std::promise<http_response>>();
    http_request request;
    request.method = "POST";
    request.path = "/";
    request.body = std::move(body);
    request.peer_address = "192.0.2.1";
    if (!token.empty())
      request.headers.emplace_back("authorization", "Bearer " + token);
    (api.*to)(request, [answer](http_response x) { answer->set_value(std::move(x)); });
    return answer->get_future().get();
  }

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

TEST_CASE_FIXTURE(api_fixture,
                  "http: a database that is away gives 503, and heals" * doctest::skip(!store_fixture::on_sqlite())) {
  auto token = sign_up("ann");
  std::filesystem::rename(file(), file() + ".away");
  CHECK(ask(&http_api::list_rooms, "", token).status == 503);
  std::filesystem::rename(file() + ".away", file());
  CHECK(ask(&http_api::list_rooms, "", token).status == 200);
}
