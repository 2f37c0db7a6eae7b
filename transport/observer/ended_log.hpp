#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// A connection that has ended: what `socket.disconnected` tells of it.
struct ended {
  std::chrono::system_clock::time_point at;
  uint64_t connection = 0; ///< its number, which no other one of this run of the node has
  std::string socket;      ///< the id of its socket, or empty
  std::string peer;        ///< the client's address
  std::string transport;   ///< `websocket` or `longpoll`
  std::string endpoint;    ///< its path
  std::string reason;      ///< a word of `end_reason`
  std::string text;        ///< the details
  uint16_t code = 0;       ///< of the close frame (RFC 6455 §7.4), 0: there was none
  std::chrono::milliseconds age{};
  uint64_t channels = 0; ///< that were joined at the end
  uint64_t messages_in = 0, bytes_in = 0, messages_out = 0, bytes_out = 0;
};

/// The last connections that have ended, so that "why was this client disconnected?" has an answer.
///
/// It keeps the newest `max_entries`, with texts of at most 256 bytes each.
/// Thread safety: any thread.
class ended_log {
public:
  /// 1,000: about half a megabyte. REQUIRES: `max_entries` is not 0.
  explicit ended_log(size_t max_entries = 1'000) : max_entries_(max_entries) {}

  void record(ended x);

  /// The newest entries first, at most `max`: those with this socket id, connection number or peer; if there are none,
  /// those in which one of the three contains `text`. An empty text finds all.
  std::vector<ended> find(std::string_view text, size_t max) const;

private:
  const size_t max_entries_;
  mutable std::mutex mutex_;
  std::deque<ended> entries_; // the oldest first
};

/// What the event `socket.disconnected` tells.
ended told_by(const telemetry_event& x);

} // namespace bennu::engine
