#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// The text with `[hidden]` in place of what must not be in a log: the values of names such as `token`, `access_token`,
/// `password`, `secret`, `api_key`, `authorization` and `cookie` in query strings (`token=…`), JSON (`"token":"…"`) and
/// headers (`Authorization: …`), and the token that the official client sends as a sub-protocol
/// (`base64url.bearer.phx.…`). Capital letters do not matter.
///
/// It guesses by names: a secret under another name stays.
std::string without_secrets(std::string_view text);

/// Whether the value of something with this name must not be in a log.
bool is_secret_name(std::string_view name);

/// Where a line of the log comes from.
struct log_origin {
  std::chrono::system_clock::time_point at;
  std::string_view level;
  std::string_view program;
};

/// An event as one line of text, for any content of its fields: `supervisor.restarted id="room" left=2`. Long fields
/// are cut, and secrets hidden. `held_back` is the number of such lines that were left out before it.
std::string log_line(const telemetry_event& event, uint64_t held_back = 0);

/// The same as a JSON object in one line, without a line end: `time`, `level`, `program`, `event`, `measurements`,
/// `fields`, and `held_back` if it is not 0. At most `logging::max_line_bytes`.
std::string json_line(const log_origin& from, const telemetry_event& event, uint64_t held_back = 0);

/// Another message as a JSON object: `time`, `level`, `program`, `message`.
std::string json_line(const log_origin& from, std::string_view message);

} // namespace bennu::engine
