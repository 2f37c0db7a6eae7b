#include <chrono>
#include <string>

#include "apps/bench/siege/attacks.hpp"
#include "apps/bench/siege/http.hpp"

namespace bennu::bench {

namespace {

/// A name that no other connection and no other run has asked for.
std::string new_name(size_t number, size_t turn) {
  static const auto run = std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds{1};
  return "h" + std::to_string(run % 100'000'000) + "_" + std::to_string(number) + "_" + std::to_string(turn);
}

std::string account(const std::string& name, const std::string& password) {
  return R"({"name":")" + name + R"(","password":")" + password + R"("})";
}

/// Sends a request at once, and another each second.
class requests : public attacker {
public:
  using attacker::attacker;

protected:
  virtual std::string next() = 0;
  std::string opening() final { return next(); }
  void act() final { write(next()); }

  size_t turn_ = 0;
};

struct sign_ups final : requests {
  using requests::requests;
  std::string next() override {
    return http_request("POST", "/api/users", account(new_name(number(), turn_++), "a long password"));
  }
};

struct sign_ins final : requests {
  using requests::requests;
  std::string next() override {
    return http_request(
      "POST", "/api/sessions",
      account(number() % 2 == 0 ? "nobody" : new_name(number(), 0), "guess " + std::to_string(turn_++)));
  }
};

struct rooms final : requests {
  using requests::requests;
  std::string next() override {
    const auto id = new_name(number(), turn_++);
    return http_request("POST", "/api/rooms", R"({"id":")" + id + R"(","name":")" + id + R"("})", token())
           + http_request("GET", "/api/rooms", {}, token());
  }
};

struct typing final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  void act() override {
    constexpr int a_second = 30;
    for (int i = 0; i < a_second; ++i)
      push("typing", i % 2 == 0 ? R"({"typing":true})" : R"({"typing":false})");
  }
};

struct statuses final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  void act() override {
    constexpr int a_second = 30;
    for (int i = 0; i < a_second; ++i)
      push("update_status", R"({"status":"busy )" + std::to_string(next_ref_) + R"("})");
  }
};

struct messages final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  void act() override {
    constexpr int a_second = 10;
    for (int i = 0; i < a_second; ++i)
      push("new_message", R"({"body":")" + std::string(1'000, 'x') + R"("})");
  }
};

struct questions final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  void act() override {
    constexpr int a_second = 10;
    for (int i = 0; i < a_second; ++i)
      push("older_messages", R"({"before":9007199254740991})");
  }
};

} // namespace

std::vector<attack> attacks_on_chat() {
  constexpr auto chat = attack::place::chat;
  return {
    make_attack<sign_ups>("sign-ups", "makes a new account per second", chat),
    make_attack<sign_ins>("sign-ins", "guesses a password per second", chat),
    make_attack<rooms>("rooms", "makes a room per second and lists all", chat),
    make_attack<typing>("typing", "types and pauses thirty times per second in a room of healthy clients", chat),
    make_attack<statuses>("statuses", "changes its status thirty times per second in such a room", chat),
    make_attack<messages>("messages", "writes ten messages per second in such a room", chat),
    make_attack<questions>("questions", "asks for old messages ten times per second", chat),
  };
}

} // namespace bennu::bench
