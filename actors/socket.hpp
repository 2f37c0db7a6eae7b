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

/// How a client is connected.
enum class transport_kind : uint8_t {
  websocket, ///< over a WebSocket (RFC 6455)
  longpoll,  ///< over long polling, the fallback of the official client
};

/// What the server knows of a client that wants to connect. Source: Phoenix.Socket, `connect_info`.
struct connect_info {
  std::map<std::string, std::string> params; ///< of the query string, decoded; of two with one name the later
  std::vector<std::pair<std::string, std::string>> headers; ///< of the HTTP request, in order
  std::string peer_address;                                 ///< numeric, without the port; or `unknown`
  std::string uri;                                          ///< path and query, as the client sent them
  std::string scheme = "http";                          ///< or "https", for TLS at this server or at a trusted proxy
  std::string auth_token;                               ///< the `authToken` of the official client, or empty
  transport_kind transport = transport_kind::websocket; ///< how the client is connecting

  /// The value of a param, or an empty view.
  std::string_view param(std::string_view name) const {
    auto i = params.find(std::string{name});
    return i == params.end() ? std::string_view{} : std::string_view{i->second};
  }

  /// The value of the first header with this name, ignoring case, or an empty view.
  std::string_view header(std::string_view name) const noexcept;
  std::string_view host() const noexcept { return header("Host"); } ///< the header `Host`, or an empty view
  /// The header `User-Agent`, or an empty view.
  std::string_view user_agent() const noexcept { return header("User-Agent"); }

  /// The headers whose names begin with `x-`, in order.
  std::vector<std::pair<std::string, std::string>> x_headers() const { return headers_that_begin("x-"); }

  /// The headers `traceparent` and `tracestate` (W3C Trace Context), as far as they were sent.
  std::vector<std::pair<std::string, std::string>> trace_context() const { return headers_that_begin("trace"); }

  /// The value of a cookie (RFC 6265 §4.2.1), or an empty view. Check the cookie of a session with `token_keys`.
  std::string_view cookie(std::string_view name) const noexcept;

private:
  std::vector<std::pair<std::string, std::string>> headers_that_begin(std::string_view prefix) const;
};

/// Accepts the connection.
struct connected {
  /// When the right to be connected expires. Without a value it never does. Then the client receives the event
  /// `token_expired` `{"grace_ms": N}` on the topic `phoenix`. It is closed with 1008 after
  /// `socket_options::expiry_grace`, unless it sends `refresh_token` and `socket::refresh` accepts that.
  std::optional<std::chrono::milliseconds> expires_after = std::nullopt;
};

/// Refuses the connection. The HTTP request is answered with `status` and `body`. Over long polling a `status` below
/// 500 is answered 200 with the JSON `{"status":403,"refused_with":STATUS,"body":BODY}`, because official clients
/// know only 403.
struct connect_refused {
  unsigned status = 403; ///< of the HTTP response, such as 401, 403 or 429
  std::string body = {}; ///< of the HTTP response; also what a refused `refresh` gives as reason
  std::string content_type = "text/plain; charset=utf-8"; ///< of `body`
};

/// What `socket::connect` returns.
using connect_result = std::variant<connected, connect_refused>;

/// What an application knows of one connection. The user derives a class from it; each connection has one instance.
/// Members are what Phoenix calls assigns; channels read them through `channel::socket_as<T>()`.
///
/// Thread safety: an instance is used on the thread of its connection's io unit only. Its functions must not block.
/// Source: Phoenix.Socket.
class socket {
public:
  virtual ~socket() = default;

  /// Decides whether the client may connect. It is called before the HTTP upgrade is answered. An exception is answered
  /// 500, as is one of `id`.
  /// @returns `connected{}`, `connected{.expires_after = …}` or `connect_refused{status, body}`.
  virtual connect_result connect(const connect_info& info) = 0;

  /// A name for all connections of one user, so that `pubsub.broadcast(id, "disconnect", {})` closes them on every
  /// node. Called once, after `connect`. Source: Phoenix.Socket, `id/1`.
  /// @returns empty (the default) when the connection has no such name.
  virtual std::string id() const { return {}; }

  /// Decides about a `refresh_token` event of the client on the topic `phoenix`, whose payload may be a new token. An
  /// exception crashes the actor of the connection.
  /// @returns `connected{…}` to accept (the reply is ok, and its expiry replaces the current one),
  /// `connect_refused{…, text}` to refuse (the reply is the error `{"reason": text}`, and the current expiry stays),
  /// or nothing (the default) when this socket has no refresh: then the event gets the reply "unmatched topic".
  virtual std::optional<connect_result> refresh(const json& /*payload*/) { return std::nullopt; }
};

} // namespace bennu
