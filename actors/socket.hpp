#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "actors/session.hpp"

namespace bennu {

/// What is known of a client before it is let in.
struct connect_info {
  std::map<std::string, std::string> params;                ///< of the query string, decoded; the last wins
  std::vector<std::pair<std::string, std::string>> headers; ///< of the HTTP request, in order
  std::string peer_address;                                 ///< numeric, without the port
  std::string uri;                                          ///< path and query as sent
  std::string auth_token;                                   ///< the official client's `authToken`, or empty
  transport_kind transport = transport_kind::websocket;

  /// The value of a param, or an empty view.
  std::string_view param(std::string_view name) const {
    auto i = params.find(std::string{name});
    return i == params.end() ? std::string_view{} : std::string_view{i->second};
  }
};

/// The connection is let in.
struct connected {};

/// The connection is refused: the HTTP request is answered with `status` and `body`.
struct connect_refused {
  unsigned status = 403;
  std::string body;
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

  /// Decides whether the client may connect. Returns `connected{}` or `connect_refused{status, body}`.
  virtual connect_result connect(const connect_info& info) = 0;

  /// Names all connections of one user, so that `pubsub.broadcast(id, "disconnect", {})` closes them, on every node.
  /// Empty (the default): the connection cannot be named. Asked once, after `connect`.
  virtual std::string id() const { return {}; }
};

} // namespace bennu
