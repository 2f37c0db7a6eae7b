#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <bennu/actors/fwd.hpp>

namespace bennu {

/// How a client talks to its server.
enum class transport_kind : uint8_t { websocket, longpoll };

/// What is known of a client before it is let in.
struct connect_info {
  std::map<std::string, std::string> params;                ///< of the query string, decoded; the last wins
  std::vector<std::pair<std::string, std::string>> headers; ///< of the HTTP request, in order
  std::string peer_address;                                 ///< numeric, without the port
  std::string uri;                                          ///< path and query as sent
  std::string scheme = "http"; ///< or "https": over TLS, here or at a proxy that is trusted
  std::string auth_token;      ///< the official client's `authToken`, or empty
  transport_kind transport = transport_kind::websocket;

  /// The value of a param, or an empty view.
  std::string_view param(std::string_view name) const {
    auto i = params.find(std::string{name});
    return i == params.end() ? std::string_view{} : std::string_view{i->second};
  }

  /// The first header of that name, whatever its case, or an empty view.
  std::string_view header(std::string_view name) const noexcept;
  std::string_view host() const noexcept { return header("Host"); }
  std::string_view user_agent() const noexcept { return header("User-Agent"); }

  /// The headers whose names begin with `x-`, in order.
  std::vector<std::pair<std::string, std::string>> x_headers() const { return headers_that_begin("x-"); }

  /// `traceparent` and `tracestate` (W3C Trace Context), where they were sent.
  std::vector<std::pair<std::string, std::string>> trace_context() const { return headers_that_begin("trace"); }

  /// The value of a cookie (RFC 6265 §4.2.1), or an empty view. A session's is to be verified by `token_keys`.
  std::string_view cookie(std::string_view name) const noexcept;

private:
  std::vector<std::pair<std::string, std::string>> headers_that_begin(std::string_view prefix) const;
};

/// The connection is let in.
struct connected {
  /// When the right to be connected ends. Then the client hears `token_expired` `{"grace_ms": N}` on topic `phoenix`, and after
  /// `socket_options::expiry_grace` it is closed with 1008, unless `socket::refresh` let it go on. Nothing: never.
  std::optional<std::chrono::milliseconds> expires_after = std::nullopt;
};

/// The HTTP request is answered with `status` and `body`. Over long polling it is answered 200 with the JSON
/// `{"status":403,"refused_with":STATUS,"body":BODY}` where `status` is below 500: official clients know only 403.
struct connect_refused {
  unsigned status = 403;
  std::string body = {};
  std::string content_type = "text/plain; charset=utf-8";
};

using connect_result = std::variant<connected, connect_refused>;

/// What the application knows of one connection: written by the user, one instance a connection.
/// Source: Phoenix.Socket.
///
/// `connect` runs before the HTTP upgrade is answered, on the connection's io unit: it must not block. An exception
/// in it answers 500. Members are what Phoenix calls assigns; channels read them through `channel::socket_as<T>()`.
class socket {
public:
  virtual ~socket() = default;

  /// Decides whether the client may connect. Returns `connected{}`, `connected{.expires_after = …}` or `connect_refused{status, body}`.
  virtual connect_result connect(const connect_info& info) = 0;

  /// Names all connections of one user, so that `pubsub.broadcast(id, "disconnect", {})` closes them, on every node.
  /// Empty (the default): the connection cannot be named. Asked once, after `connect`.
  virtual std::string id() const { return {}; }

  /// The client sent `refresh_token` on topic `phoenix`, with a payload such as a new token. Returns `connected{…}` (answered ok; its expiry
  /// replaces the former one), `connect_refused{…, text}` (answered `error {"reason": text}`; the former expiry stays), or nothing (the
  /// default): this socket knows no refresh, and the event is an unmatched topic as any other. An exception is a crash of the connection's
  /// actor. Must not block.
  virtual std::optional<connect_result> refresh(const json& /*payload*/) { return std::nullopt; }
};

} // namespace bennu
