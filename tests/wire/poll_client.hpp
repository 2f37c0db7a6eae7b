#pragma once

#include <deque>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/wire/http_client.hpp"

namespace bennu::test {

using json = nlohmann::json;

/// Where a long-polling client connects.
struct poll_door {
  std::string path = "/socket/longpoll";
  std::string query = "vsn=2.0.0";
  std::string headers = {}; ///< of every request
};

/// A long-polling client that speaks HTTP, not Phoenix: GETs on one connection, POSTs on another.
class poll_client {
public:
  /// Opens a session. @throws std::runtime_error when it is refused.
  explicit poll_client(poll_door at = {});

  const std::string& token() const noexcept { return token_; }

  /// One poll and its answer.
  json poll();

  /// A poll whose answer is fetched later, by `polled`, or never.
  void begin_poll();
  json polled();

  /// Posts `body`. @returns the answer's JSON.
  json post(std::string_view body, std::string_view content_type = "application/x-ndjson");
  void send(const json& frame);

  std::string join(const std::string& topic, const json& payload = json::object());
  std::string push(const std::string& topic, std::string_view event, const json& payload = json::object());

  /// The next message, polling as often as it takes.
  json next();

private:
  std::string headers() const { return at_.headers + "X-Phoenix-Longpoll-Token: " + token_ + "\r\n"; }

  poll_door at_;
  http_client get_;
  http_client post_;
  std::string token_;
  std::deque<std::string> messages_;
  unsigned refs_ = 0;
  std::string join_ref_;
};

} // namespace bennu::test
