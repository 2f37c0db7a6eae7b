#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/wire/poll_client.hpp"
#include "tests/wire/websocket_client.hpp"

namespace bennu::test {

enum class over : uint8_t { websocket, longpoll };

/// How a client communicates: a serializer and a transport.
struct way {
  int vsn;
  over transport;
};

struct v1_websocket {
  static constexpr way value{1, over::websocket};
};
struct v2_websocket {
  static constexpr way value{2, over::websocket};
};
struct v1_longpoll {
  static constexpr way value{1, over::longpoll};
};
struct v2_longpoll {
  static constexpr way value{2, over::longpoll};
};

/// A claim about the wire, tested with every serializer and transport. Its body contains `client ann{Way::value}`.
#define CLAIM(title) TEST_CASE_TEMPLATE(title, Way, v1_websocket, v2_websocket, v1_longpoll, v2_longpoll)

/// The same for claims that concern only one serializer or one transport.
#define CLAIM_V1(title) TEST_CASE_TEMPLATE(title, Way, v1_websocket, v1_longpoll)
#define CLAIM_V2(title) TEST_CASE_TEMPLATE(title, Way, v2_websocket, v2_longpoll)
#define CLAIM_WEBSOCKET(title) TEST_CASE_TEMPLATE(title, Way, v1_websocket, v2_websocket)
#define CLAIM_LONGPOLL(title) TEST_CASE_TEMPLATE(title, Way, v1_longpoll, v2_longpoll)

/// The options of a client.
struct client_options {
  std::string socket = "/socket";
  std::string params = {}; ///< the params of connect: `user_id=ann&x=1`
  std::string origin = {};
  std::string headers = {}; ///< further headers, each line ended by CRLF; over long polling they are in every request
  place port = 0;           ///< 0: the shared probe
};

/// A client of Phoenix Channels with either serializer and either transport. It adds nothing and hides nothing. When
/// something that it waits for does not arrive, it throws.
class client {
public:
  explicit client(way how, client_options at = {});
  ~client();

  // -- sending ------------------------------------------------------------------

  /// Sends a join, a leave or an event with exactly these refs. In v1 a null join_ref is left out.
  void send_as(const json& join_ref, const json& ref, const json& topic, const json& event,
               const json& payload = json::object()) {
    send_text(encoded(join_ref, ref, topic, event, payload.dump()));
  }

  /// The same with a payload that is given as text.
  void send_raw(const json& join_ref, const json& ref, const json& topic, const json& event, std::string_view payload) {
    send_text(encoded(join_ref, ref, topic, event, payload));
  }

  /// Sends a binary message: unchanged over a WebSocket, in base64 over long polling. REQUIRES: v2.
  void send_binary(std::string_view bytes);
  void send_text(std::string_view text);

  /// The text that `send_as` sends.
  std::string encoded(const json& join_ref, const json& ref, const json& topic, const json& event,
                      std::string_view payload = "{}") const;

  /// Joins and waits for the ok. @returns the join_ref, which is also the ref of the join.
  std::string join(const std::string& topic, const json& payload = json::object());

  /// Sends an event on a joined topic. @returns its ref.
  std::string push(const std::string& topic, std::string_view event, const json& payload = json::object());

  // -- receiving ----------------------------------------------------------------

  /// The next message, as the serializer encodes it.
  json next() { return json::parse(next_text()); }
  std::string next_text();

  /// Whether the server has nothing more to send: the next message is the reply to a heartbeat that is sent now.
  bool hears_nothing();

  /// The payload of a received message.
  const json& payload_of(const json& message) const { return how_.vsn == 2 ? message[4] : message["payload"]; }

  /// Waits for the end of the session, and fails when another message arrives. @returns whether a WebSocket was
  /// closed with this code.
  bool ended_with(unsigned code);

  // -- expected messages, as the serializer encodes them ------------------------

  json replied(const json& join_ref, const json& ref, const json& topic, std::string_view status,
               const json& response = json::object()) const;
  json refused(const json& join_ref, const json& ref, const json& topic, std::string_view reason) const {
    return replied(join_ref, ref, topic, "error", {{"reason", reason}});
  }
  json pushed(const json& join_ref, const std::string& topic, std::string_view event,
              const json& payload = json::object()) const {
    return message(join_ref, nullptr, topic, event, payload);
  }
  json broadcasted(const std::string& topic, std::string_view event, const json& payload = json::object()) const {
    return message(nullptr, nullptr, topic, event, payload);
  }
  json closed(const json& join_ref, const std::string& topic) const {
    return message(join_ref, join_ref, topic, "phx_close", json::object());
  }
  json crashed(const json& join_ref, const std::string& topic) const {
    return message(join_ref, join_ref, topic, "phx_error", {{"reason", "channel_crash"}});
  }

  /// The name of the transport, as the channels of the probe report it.
  const char* transport() const noexcept { return websocket_ ? "websocket" : "longpoll"; }
  way speaks() const noexcept { return how_; }

  // -- the layer below, for what no client of Phoenix does ----------------------

  websocket_client& frames() { return *websocket_; } ///< REQUIRES: WebSocket
  poll_client& polls() { return *polls_; }           ///< REQUIRES: long polling

private:
  json message(const json& join_ref, const json& ref, const json& topic, std::string_view event,
               const json& payload) const;

  way how_;
  std::unique_ptr<websocket_client> websocket_;
  std::unique_ptr<poll_client> polls_;
  unsigned refs_ = 0;
  std::map<std::string, std::string> join_refs_;
};

} // namespace bennu::test

TYPE_TO_STRING_AS("v1 websocket", bennu::test::v1_websocket);
TYPE_TO_STRING_AS("v2 websocket", bennu::test::v2_websocket);
TYPE_TO_STRING_AS("v1 longpoll", bennu::test::v1_longpoll);
TYPE_TO_STRING_AS("v2 longpoll", bennu::test::v2_longpoll);
