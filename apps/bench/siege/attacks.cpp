// Attacks on connections, on long polling and on the cluster's port, and the list of all.
#include <array>
#include <string>

#include "apps/bench/siege/attacks.hpp"
#include "apps/bench/siege/http.hpp"

namespace bennu::bench {

namespace {

struct slow final : attacker {
  using attacker::attacker;
  std::string opening() override {
    return "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Padding: " + std::string(10'000, 'x');
  }
  size_t bytes_per_second() const override { return 1; }
};

struct silent final : attacker {
  using attacker::attacker;
  std::string opening() override { return {}; }
};

// Asks for much and never reads: a chat for a page of old messages, a probe for an echo of five kilobytes.
struct deaf final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  bool reads() const override { return false; }
  void act() override {
    static const auto five_kilobytes = '"' + std::string(5'000, 'x') + '"';
    if (field().is_chat())
      push("older_messages", R"({"before":9007199254740991})");
    else
      push("ping", five_kilobytes);
  }
};

struct pipelining final : attacker {
  using attacker::attacker;
  bool reads() const override { return false; }
  std::string opening() override { return many(); }
  void act() override { write(many()); }

private:
  static std::string many() {
    constexpr int requests = 100;
    std::string result;
    for (int i = 0; i < requests; ++i)
      result += http_request("GET", "/");
    return result;
  }
};

// Upgrades, joins, waits for the first answer, resets the connection, and comes back at once.
struct storm final : websocket_attacker {
  using websocket_attacker::websocket_attacker;
  std::chrono::milliseconds absence() const override { return std::chrono::milliseconds{100}; }
  void received(std::string_view) override { reset(); }
};

// Opens a session over long polling each second. The third part never polls it, the third part polls once and is gone
// before the answer, the rest posts a batch of joins into it.
struct polls final : attacker {
  using attacker::attacker;
  std::string opening() override { return ask("GET", path); }
  void act() override { write(ask("GET", path)); }
  void received(std::string_view bytes) override {
    constexpr std::string_view key = R"("token":")";
    const auto begin = bytes.find(key);
    if (begin == std::string_view::npos || number() % 3 == 0)
      return;
    const auto rest = bytes.substr(begin + key.size());
    const auto session = path + "&token=" + std::string{rest.substr(0, rest.find('"'))};
    write(number() % 3 == 1 ? ask("GET", session) : ask("POST", session, batch()));
    send(bytes_per_second());
    if (number() % 3 == 1)
      disconnect();
  }

private:
  const std::string path = "/socket/longpoll?vsn=2.0.0";

  std::string ask(std::string_view method, std::string_view target, std::string_view body = {}) const {
    return http_request(method, target, body, {}, field().is_chat() ? "X-Phoenix-AuthToken: " + token() + "\r\n" : "");
  }

  static std::string batch() {
    constexpr int messages = 100;
    std::string result = "[";
    for (int i = 1; i <= messages; ++i)
      result += (i > 1 ? "," : "") + ("[\"" + std::to_string(i)) + "\",\"" + std::to_string(i) + R"(","bench:poll)"
                + std::to_string(i) + R"(","phx_join",{}])";
    return result + "]";
  }
};

// A stranger at the port of the cluster. He has no certificate.
struct stranger final : attacker {
  using attacker::attacker;
  uint16_t port() const override { return field().cluster_port; }
  std::string opening() override {
    static const std::string client_hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    static const std::string alert("\x15\x03\x03\x00\x02\x02\x28", 7);
    static const std::array<std::string, 6> openings = {
      "",                                          // says nothing
      std::string(4'000, '\xff'),                  // no TLS
      client_hello,                                // half of a greeting
      client_hello + std::string(507, 'x'),        // a whole one, of nonsense
      alert,                                       // gives up before it begins
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", // a browser
    };
    return openings[(number() + turn_++) % openings.size()];
  }
  void act() override { send_filling(100); }

private:
  size_t turn_ = 0;
};

std::vector<attack> attacks_on_connections() {
  return {
    make_attack<slow>("slow", "sends a request's header byte by byte (slow loris)"),
    make_attack<silent>("silent", "connects and says nothing, as a peer does whose machine lost its power"),
    make_attack<deaf>("deaf", "joins, asks for much and never reads"),
    make_attack<pipelining>("pipelining", "sends a hundred requests per second and reads no answer"),
    make_attack<storm>("storm", "upgrades, joins, resets the connection and comes back, ten times per second"),
    make_attack<polls>("polls", "opens a long-polling session per second and drops it"),
    make_attack<stranger>("strangers", "connects to the cluster's port: garbage, half greetings, silence",
                          attack::place::cluster),
  };
}

} // namespace

const std::vector<attack>& all_attacks() {
  static const auto result = [] {
    std::vector<attack> all;
    for (auto* part : {&attacks_on_connections, &attacks_on_bodies, &attacks_with_frames, &attacks_on_chat})
      for (auto& x : part())
        all.push_back(x);
    return all;
  }();
  return result;
}

} // namespace bennu::bench
