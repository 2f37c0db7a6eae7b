#include "transport/program/log_format.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "tests/support/scratch_folder.hpp"
#include "transport/program/logging.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file{path};
  std::vector<std::string> result;
  for (std::string line; std::getline(file, line);)
    result.push_back(line);
  return result;
}

} // namespace

TEST_CASE("log: secrets are hidden in query strings, JSON, headers and the sub-protocol of the official client") {
  using pair = std::pair<std::string, std::string>;
  for (const auto& [text, wanted] : {
         pair{"GET /socket/websocket?vsn=2.0.0&token=abc.def&user=ann",
              "GET /socket/websocket?vsn=2.0.0&token=[hidden]&user=ann"},
         pair{"?access_token=x", "?access_token=[hidden]"},
         pair{R"({"password":"a\"b","user":"ann"})", R"({"password":"[hidden]","user":"ann"})"},
         pair{R"({"Api_Key" : "k", "n": 1})", R"({"Api_Key" : "[hidden]", "n": 1})"},
         pair{R"({"in":"{\"token\":\"abc\",\"x\":1}"})", R"({"in":"{\"token\":\"[hidden]\",\"x\":1}"})"},
         pair{R"({"token":12345})", R"({"token":[hidden]})"},
         pair{"Authorization: Bearer abc.def\r\nHost: x", "Authorization: [hidden]\r\nHost: x"},
         pair{"cookie: a=b; c=d", "cookie: [hidden]"},
         pair{"x-phoenix-longpoll-token: abc", "x-phoenix-longpoll-token: [hidden]"},
         pair{"phoenix, base64url.bearer.phx.YWJj", "phoenix, base64url.bearer.phx.[hidden]"},
         pair{"PASSWORD=hunter2", "PASSWORD=[hidden]"},
         pair{"password: hunter2", "password: [hidden]"},
         pair{"client_secret=", "client_secret="},
         pair{"--api-key: the file has no key", "--api-key: the file has no key"},
         pair{"--api-key=abc", "--api-key=[hidden]"},
         pair{"invalid token: the signature differs", "invalid token: the signature differs"},
         pair{"--api-key: the program itself has what the API needs: x",
              "--api-key: the program itself has what the API needs: x"},
         pair{"--api-key=k", "--api-key=[hidden]"},
         pair{"api-key: k", "api-key: [hidden]"},
         pair{"tokens and passwords are not told", "tokens and passwords are not told"},
         pair{"\"token", "\"token"},
         pair{"token=\"unfinished\\", "token=\"[hidden]"},
         pair{"", ""},
       }) {
    CHECK(without_secrets(text) == wanted);
    CHECK(without_secrets(wanted) == wanted);
  }
}

TEST_CASE("log: a field with the name of a secret is hidden whole") {
  const std::array fields = {metadata{"auth_token", "abc"}, metadata{"topic", "room:1"}};
  CHECK(log_line({"shop.paid", {}, fields}) == "shop.paid auth_token=\"[hidden]\" topic=\"room:1\"");
}

TEST_CASE("log: JSON lines have the time, the level, the event, its numbers and its texts") {
  const std::array numbers = {measurement{"duration_us", 17}};
  const std::array fields = {metadata{"topic", "room:\"1\""}, metadata{"event", "a\nb"}};
  const log_origin from{std::chrono::system_clock::time_point{} + std::chrono::milliseconds{1500}, "info", "chat"};
  const auto line = json_line(from, {"channel.handled_in", numbers, fields}, 3);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(nlohmann::json::parse(line)
        == nlohmann::json{{"time", "1970-01-01T00:00:01.500Z"},
                          {"level", "info"},
                          {"program", "chat"},
                          {"event", "channel.handled_in"},
                          {"measurements", {{"duration_us", 17}}},
                          {"fields", {{"topic", "room:\"1\""}, {"event", "a\\nb"}}},
                          {"held_back", 3}});
}

TEST_CASE("log: a JSON line holds at most 2 KB and is whole, whatever is logged") {
  const std::string huge(1'000'000, '"');
  std::vector<metadata> fields;
  for (const auto* name : {"label", "text", "message", "trace", "topic", "event"})
    fields.push_back({name, huge});
  const log_origin from{{}, "warning", "chat"};
  for (const auto& line : {json_line(from, {"process.crashed", {}, fields}), json_line(from, huge)}) {
    CHECK(line.size() < logging::max_line_bytes);
    CHECK(nlohmann::json::accept(line));
    CHECK(line.find("(1000000 bytes)") != std::string::npos);
  }
}

TEST_CASE("log: with the format json every line is an object, also those of the program") {
  scratch_folder folder;
  telemetry hub;
  {
    logging logs{"bennu-test", "info", folder.file("log"), true};
    log_follower follower{hub};
    hub.emit("node.up", {}, {{"node", "b@host"}});
    spdlog::warn("the key is readable: token=abc");
  }
  const auto lines = lines_of(folder.file("log"));
  REQUIRE(lines.size() == 2);
  CHECK(nlohmann::json::parse(lines[0]).at("fields").at("node") == "b@host");
  const auto other = nlohmann::json::parse(lines[1]);
  CHECK(other.at("level") == "warning");
  CHECK(other.at("message") == "the key is readable: token=[hidden]");
}

TEST_CASE(
  "log: in both formats numbers of events are no secrets, repeated events are counted, and a copy has them all") {
  for (const bool is_json : {false, true}) {
    CAPTURE(is_json);
    scratch_folder folder;
    telemetry hub;
    std::vector<std::string> copied;
    {
      logging logs{"bennu-test", "info", folder.file("log"), is_json};
      logging::copy_lines([&copied](std::string_view level, std::string_view text) {
        copied.push_back(std::string{level} + " " + std::string{text});
      });
      log_follower follower{hub};
      for (int i = 0; i < 3; ++i)
        hub.emit("longpoll.unexpected_token", {{"tokens", 5}}, {{"path", "/x?token=abc"}});
      spdlog::error("--api-key: the key is taken");
    }
    CHECK(copied
          == std::vector<std::string>{R"(warning longpoll.unexpected_token path="/x?token=[hidden]" tokens=5)",
                                      "error the line before this one was repeated 2 times",
                                      "error --api-key: the key is taken"});
    const auto lines = lines_of(folder.file("log"));
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].find(is_json ? R"("tokens":5)" : "tokens=5") != std::string::npos);
    CHECK(lines[0].find("abc") == std::string::npos);
    CHECK(lines[1].find("repeated 2 times") != std::string::npos);
    CHECK(lines[2].find("--api-key: the key is taken") != std::string::npos);
  }
}

TEST_CASE("log: a line that repeats the one before is counted, and the number is told") {
  scratch_folder folder;
  {
    logging logs{"bennu-test", "info", folder.file("log")};
    for (int i = 0; i < 100; ++i)
      spdlog::warn("the disk is full");
    spdlog::info("something else");
    spdlog::info("something else");
  }
  const auto lines = lines_of(folder.file("log"));
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].find("the disk is full") != std::string::npos);
  CHECK(lines[1].find("repeated 99 times") != std::string::npos);
  CHECK(lines[2].find("something else") != std::string::npos);
  CHECK(lines[3].find("repeated 1 time") != std::string::npos);
}

TEST_CASE("log: the end of a connection has the level of its reason") {
  const auto level_for = [](std::string_view reason) {
    const std::array fields = {metadata{"reason", reason}};
    return level_of(telemetry_event{"socket.disconnected", {}, fields});
  };
  CHECK(level_for("crash") == event_level::warning);
  CHECK(level_for("slow") == event_level::info);
  CHECK(level_for("kicked") == event_level::info);
  CHECK(level_for("client_closed") == event_level::debug);
  CHECK(level_for("drain") == event_level::debug);
}

// The rows are those of apps/guide/telemetry.md.
TEST_CASE("log: the levels that the guide tells are those of the log") {
  std::ifstream page{std::string{BENNU_GUIDE_FOLDER} + "/telemetry.md"};
  size_t rows = 0;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `") || line.find('.') == std::string::npos)
      continue;
    const auto name = line.substr(3, line.find('`', 3) - 3);
    const auto cell = line.rfind('|', line.size() - 2);
    const auto level = line.substr(cell + 2, line.size() - cell - 4);
    constexpr std::array names = {"debug", "info", "warning", "error"};
    const auto told = std::find(names.begin(), names.end(), level);
    if (name.find('.') == std::string::npos || told == names.end())
      continue;
    ++rows;
    CAPTURE(name);
    CHECK(static_cast<size_t>(level_of(std::string_view{name})) == static_cast<size_t>(told - names.begin()));
  }
  CHECK(rows > 50);
}
