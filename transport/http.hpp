#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bennu {

/// One HTTP header. Names compare without case (RFC 9110 §5.1).
using http_header = std::pair<std::string, std::string>;

/// A complete request, its body read. A plain value.
struct http_request {
  std::string method;               ///< `GET`, as sent
  std::string path;                 ///< percent-decoded, without the query; starts with `/`
  std::string query;                ///< still encoded, without the `?`
  std::string target;               ///< path and query as sent
  std::vector<http_header> headers; ///< in order of arrival
  std::string body;
  std::string peer_address;    ///< numeric address of the client, without the port; empty on a Unix socket
  std::string scheme = "http"; ///< or `https`
  bool is_old = false;         ///< HTTP/1.0

  /// The first header of that name, or nothing.
  std::optional<std::string_view> find(std::string_view name) const;

  /// The same, or an empty view.
  std::string_view header(std::string_view name) const { return find(name).value_or(std::string_view{}); }
};

/// What answers it. `Content-Length`, `Date` and `Connection` are added by the server; `closes` ends the connection after it.
struct http_response {
  unsigned status = 200;
  std::vector<http_header> headers;
  std::string body;
  bool closes = false;

  /// Told, on an io unit, what became of this: true when the kernel took all of it, false when the client was gone before; false
  /// once more after a true when the client turns out to have been gone. May be empty.
  std::function<void(bool reached)> on_outcome = {};

  static http_response json(unsigned status, std::string body);
  static http_response text(unsigned status, std::string body);
};

/// Answers one request. May be called once, from any thread, now or later; when every copy is gone
/// uncalled, the client gets 500.
using http_reply = std::function<void(http_response)>;

/// Serves a route. Runs on the connection's io unit: it must not block; hand work to a pool and reply later.
/// An exception becomes a 500 and a telemetry event; the connection goes on.
using http_handler = std::function<void(http_request, http_reply)>;

} // namespace bennu
