#pragma once

#include <cstdint>
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
  std::string headers = {}; ///< they are in every request
  place port = 0;           ///< 0: the shared probe
};

/// A long-polling client that knows HTTP but not Phoenix: it sends GETs on one connection and POSTs on another.
class poll_client {
public:
  /// Opens a session. @throws std::runtime_error when it is refused.
  explicit poll_client(poll_door at = {});

  const std::string& token() const noexcept { return token_; }

  /// Sends one poll and returns its response.
  json poll();

  /// Sends a poll whose response is read later with `polled`, or never.
  void begin_poll();
  json polled();

  /// Posts `body`. @returns the JSON of the response.
  json post(std::string_view body, std::string_view content_type = "application/x-ndjson");

  /// Posts one message. @throws std::runtime_error when it is refused.
  void send(std::string_view message);

  /// The next message; polls up to three times. @throws std::runtime_error when none arrives or the session is gone.
  std::string next();

private:
  std::string headers() const { return at_.headers + "X-Phoenix-Longpoll-Token: " + token_ + "\r\n"; }

  poll_door at_;
  http_client get_;
  http_client post_;
  std::string token_;
  std::deque<std::string> messages_;
};

} // namespace bennu::test
