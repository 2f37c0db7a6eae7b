#include <string>
#include <vector>

#include "apps/bench/message.hpp"
#include "apps/bench/siege/attacks.hpp"

namespace bennu::bench {

namespace {

std::string text(std::string_view payload) {
  std::string result;
  append_masked(result, text_frame, payload);
  return result;
}

std::string frame(unsigned opcode, std::string_view payload) {
  std::string result;
  append_masked(result, opcode, payload);
  return result;
}

std::string unmasked(unsigned opcode, std::string_view payload) {
  std::string result;
  append_unmasked(result, opcode, payload);
  return result;
}

/// What no well-behaved client sends after its upgrade.
const std::vector<std::string>& bad_frames() {
  constexpr unsigned reserved = 3, binary = 2, continuation = 0;
  static const std::vector<std::string> result = {
    text("this is no JSON"),
    text("[1,2,3]"),
    text("[[],{},{},[],{}]"),
    text(std::string(100'000, '[')),
    text(R"(["1","2","room:lobby","phx_join",)" + std::string(50'000, '[') + std::string(50'000, ']') + "]"),
    text(R"([null,null,"phoenix","heartbeat",)" + std::string(100'000, '9') + "]"),
    text("[\"1\",\"2\",\"room:\xff\xfe\",\"phx_join\",{}]"),
    text(R"(["1","2","room:)" + std::string(1'000'000, 'x') + R"(","phx_join",{}])"),
    text(R"(["1","2","room:\u0000","phx_join",{}])"),
    text(R"(["1","2","room:\ud800","phx_join",{}])"),
    frame(reserved, "x"),
    frame(continuation, "x"),
    frame(binary, std::string("\xff\xff\xff\xff\xff\xff", 6)),
    frame(ping_frame, std::string(126, 'x')),
    frame(close_frame, "x"),
    frame(close_frame, std::string("\x03\xed", 2)),
    unmasked(text_frame, "[]"),
    std::string("\xf1\x80\0\0\0\0", 6),
    std::string("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14),
  };
  return result;
}

/// What no well-behaved client sends first.
const std::vector<std::string>& bad_requests() {
  const std::string host = "Host: 127.0.0.1\r\n";
  static const std::vector<std::string> result = {
    std::string(4'000, '\0'),
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
    "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n" + host + "\r\n",
    "GET /socket/websocket?vsn=%00%ff%zz HTTP/1.1\r\n" + host + "\r\n",
    "GET /../../../../etc/passwd HTTP/1.1\r\n" + host + "\r\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n" + host + "\r\n",
  };
  return result;
}

// Each connection sends one of them; the next connection sends the next one.
struct malformed final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  std::string opening() override {
    const auto i = (number() + turn_++) % (bad_frames().size() + bad_requests().size());
    return i < bad_frames().size() ? websocket_attacker::opening() + bad_frames()[i]
                                   : bad_requests()[i - bad_frames().size()];
  }
  void act() override { disconnect(); } // what the server has not closed by now it never will

private:
  size_t turn_ = 0;
};

// Enters and leaves: on a chat its room, whose members are told each time; on a probe a topic with presences.
struct churn final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  std::string topic() const override { return field().is_chat() ? websocket_attacker::topic() : "presence:siege"; }
  std::string join_payload() const override {
    return field().is_chat() ? "{}" : R"({"key":")" + std::to_string(number()) + R"(","meta":{}})";
  }
  void act() override {
    constexpr int a_second = 5;
    for (int i = 0; i < a_second; ++i) {
      push("phx_leave", "{}");
      push("phx_join", join_payload());
    }
  }
};

// Joins one topic after another and never leaves any.
struct joins final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  void act() override {
    constexpr int a_second = 50;
    for (int i = 0; i < a_second; ++i) {
      const auto name = std::to_string(number()) + "-" + std::to_string(next_ref_);
      write(text(write_message(std::to_string(next_ref_), std::to_string(next_ref_),
                               (field().is_chat() ? "game:" : "bench:") + name, "phx_join", "{}")));
      ++next_ref_;
    }
  }
};

} // namespace

std::vector<attack> attacks_with_frames() {
  return {
    make_attack<malformed>("malformed", "sends frames, messages and requests that break the rules"),
    make_attack<churn>("churn", "enters and leaves a topic with presences five times per second"),
    make_attack<joins>("joins", "joins fifty topics per second"),
  };
}

} // namespace bennu::bench
