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
  std::string headers = {}; ///< of every request
  place port = 0;           ///< 0: the shared probe
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

  /// Posts one message. @throws std::runtime_error when it is not taken.
  void send(std::string_view message);

  /// The next message, polling up to three times. @throws std::runtime_error when none comes or the session is gone.
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
