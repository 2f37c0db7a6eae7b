#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/wire/probe_process.hpp"
#include "tests/wire/raw_socket.hpp"

namespace bennu::test {

using json = nlohmann::json;

/// Where and how to connect.
struct door {
  std::string path = "/socket/websocket";
  std::string query = "vsn=2.0.0";
  std::string origin = {};
  bool upgrades = true;
  uint16_t port = 0; ///< 0: the shared probe
};

/// The HTTP status that a request at this door is answered with.
int http_status(const door& at);

/// One WebSocket message as it came.
struct raw_message {
  unsigned opcode = 0;
  std::string payload;
};

/// A client that speaks frames, not Phoenix: it adds nothing, hides nothing, and fails loudly when
/// what it waits for does not come.
class wire_client {
public:
  explicit wire_client(const door& at = {});

  // -- speaking ---------------------------------------------------------------

  /// Sends any text, whether it means something or not.
  void send_text(std::string_view text) { send_frame(1, text); }
  void send(const json& frame) { send_text(frame.dump()); }
  void send_binary(std::string_view bytes) { send_frame(2, bytes); }
  void send_frame(unsigned opcode, std::string_view payload, bool final = true);

  /// Joins and waits for the ok. @returns the join_ref, which is the ref of the join, too.
  std::string join(const std::string& topic, const json& payload = json::object());

  /// Sends an event on a joined topic. @returns its ref.
  std::string push(const std::string& topic, std::string_view event, const json& payload = json::object());

  /// Sends a join, a leave or an event with exactly these refs.
  void send_as(const json& join_ref, const json& ref, const std::string& topic, std::string_view event,
               const json& payload = json::object()) {
    send(json::array({join_ref, ref, topic, event, payload}));
  }

  // -- hearing ----------------------------------------------------------------

  /// The next message; pings are answered on the way.
  raw_message next_raw();

  /// The next message, which must be text: a whole frame `[join_ref, ref, topic, event, payload]`.
  json next();

  /// The code of the close frame, which must be what comes next.
  unsigned close_code();

  /// True when the server has nothing more to say: the next that comes is the answer to a heartbeat
  /// sent now.
  bool hears_nothing();

private:
  raw_socket socket_;
  unsigned refs_ = 0;
  std::map<std::string, std::string> join_refs_;
};

// -- frames that are expected -------------------------------------------------

json reply(const json& join_ref, const json& ref, const std::string& topic, std::string_view status,
           const json& response = json::object());
json error_reply(const json& join_ref, const json& ref, const std::string& topic, std::string_view reason);
json pushed(const json& join_ref, const std::string& topic, std::string_view event,
            const json& payload = json::object());
json broadcasted(const std::string& topic, std::string_view event, const json& payload = json::object());
json closed(const json& join_ref, const std::string& topic);  // phx_close
json crashed(const json& join_ref, const std::string& topic); // phx_error

} // namespace bennu::test
