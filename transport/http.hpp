#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/actors/fwd.hpp>

namespace bennu {

/// What counts as one address where clients are limited by it. An IPv6 address counts as its /64, which one
/// household or server gets (RFC 6177); an IPv4 address, also one that is written as IPv6, counts for itself. Any other
/// text counts for itself, too.
std::string address_key(const std::string& numeric_address);

/// The params of a query string as Phoenix decodes them: `a[b][0]=1&c[]=2&c[]=3` is
/// `{"a":{"b":{"0":"1"}},"c":["2","3"]}`.
///
///     connect_result connect(const connect_info& info) override {
///       const auto params = bennu::nested_params(info.uri);
///
/// Every value is a string. When two pairs contradict each other (`a=1&a[b]=2`), the later one counts. A name whose
/// brackets are not closed is an ordinary name. Below 32 levels of brackets the rest of a name is dropped.
///
/// @param query the part after the `?`, or a whole request target such as `connect_info::uri`
/// @returns an empty object when nothing can be decoded. Thread safety: any thread may call it. Source:
/// Plug.Conn.Query.
json nested_params(std::string_view query);

/// The name and the value of an HTTP header. Names are case-insensitive (RFC 9110 §5.1).
using http_header = std::pair<std::string, std::string>;

/// A complete request, with its body. A plain value.
struct http_request {
  std::string method;               ///< such as `GET`, as the client sent it
  std::string path;                 ///< percent-decoded, without the query; starts with `/`
  std::string query;                ///< percent-encoded, without the `?`
  std::string target;               ///< path and query as the client sent them
  std::vector<http_header> headers; ///< in order of arrival
  std::string body;
  std::string peer_address;    ///< numeric, without the port; empty: a Unix socket; `unknown`: hidden by its proxy
  std::string scheme = "http"; ///< or `https`
  bool is_old = false;         ///< whether the request is HTTP/1.0

  /// The value of the first header with this name.
  std::optional<std::string_view> find(std::string_view name) const;

  /// The value of the first header with this name, or an empty view.
  std::string_view header(std::string_view name) const { return find(name).value_or(std::string_view{}); }
};

/// The response to a request. The server adds `Content-Length`, `Date` and `Connection`.
struct http_response {
  unsigned status = 200;
  std::vector<http_header> headers;
  std::string body;
  bool closes = false; ///< whether the connection ends after the response

  /// Called on an io unit when the outcome is known: with true when the kernel has accepted the whole response, with
  /// false when the client disconnected before. After true, a call with false may follow when the client turns out to
  /// have disconnected. May be empty.
  std::function<void(bool reached)> on_outcome = {};

  /// A response with the content type `application/json`, or plain text in UTF-8.
  static http_response json(unsigned status, std::string body);
  static http_response text(unsigned status, std::string body);
};

/// Sends the response to one request. It may be called from any thread, now or later. The first call counts; later ones
/// are ignored. When all copies are destroyed without a call, the client receives 500.
using http_reply = std::function<void(http_response)>;

/// The limits of one route.
struct route_options {
  /// The largest body of a request, at most `server_options::max_body_bytes`. A larger one is refused with 413 before
  /// any of it is stored.
  /// 64 KiB: a form, or JSON that a handler parses within a millisecond. A route for uploads needs more.
  uint64_t max_body_bytes = 64 << 10;

  /// Whether the route is served even when the server has `max_connections` clients. The server reserves some
  /// connections for these routes. Use it for health checks and operators: `/health`, `/metrics`.
  bool answers_when_full = false;
};

/// Handles the requests of a route. It runs on the thread of the connection's io unit and must not block: pass long
/// work to a pool and reply later. After an exception the client receives 500, a telemetry event reports the
/// exception, and the connection stays open.
using http_handler = std::function<void(http_request, http_reply)>;

} // namespace bennu
