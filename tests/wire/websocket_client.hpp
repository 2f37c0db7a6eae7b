#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/wire/probe_process.hpp"
#include "tests/wire/raw_socket.hpp"

namespace bennu::test {

/// Where and how to connect.
struct door {
  std::string path = "/socket/websocket";
  std::string query = "vsn=2.0.0";
  std::string origin = {};
  std::string headers = {}; ///< further headers, each line ended by CRLF
  bool upgrades = true;
  place port = 0; ///< 0: the shared probe
};

/// The HTTP status of the response to a request at this address.
int http_status(const door& at);

/// One WebSocket message as it arrived.
struct raw_message {
  unsigned opcode = 0;
  std::string payload;
};

/// The content of a close frame; code 1005 when it is empty (RFC 6455 §7.1.5).
struct close_told {
  unsigned code = 1005;
  std::string reason = {};
  bool operator==(const close_told&) const = default;
};

/// A WebSocket client that knows frames but not Phoenix. It adds nothing and hides nothing. When something that it
/// waits for does not arrive, it throws.
class websocket_client {
public:
  /// @throws std::runtime_error when the upgrade is refused.
  explicit websocket_client(const door& at = {});

  /// Sends any text, valid or not.
  void send_text(std::string_view text) { send_frame(1, text); }
  void send_binary(std::string_view bytes) { send_frame(2, bytes); }
  void send_frame(unsigned opcode, std::string_view payload, bool final = true);

  /// Sends bytes that need not be a frame.
  void send_bytes(std::string_view bytes) { socket_.write(bytes); }

  /// The next message; answers pings before it.
  raw_message next();

  /// The next frame, also a ping; answers nothing.
  raw_message next_frame();

  /// The payload of the next message. @throws std::runtime_error when it has another opcode.
  std::string next_text() { return next_of(1); }
  std::string next_binary() { return next_of(2); }

  /// The content of the close frame, which must be the next frame.
  close_told close();
  unsigned close_code() { return close().code; }

  /// The head of the response to the upgrade.
  const std::string& handshake() const noexcept { return handshake_; }
  const raw_socket& socket() const noexcept { return socket_; }

private:
  std::string next_of(unsigned opcode);

  raw_socket socket_;
  std::string handshake_;
};

/// The code in the payload of a close frame.
unsigned code_of_close(std::string_view payload);

} // namespace bennu::test
