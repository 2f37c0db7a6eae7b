#pragma once

#include <chrono>
#include <cstddef>
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
  std::string body;                 ///< as it arrived, without the framing of its transfer
  std::string peer_address;         ///< numeric, without the port; empty: a Unix socket; `unknown`: hidden by its proxy
  std::string scheme = "http";      ///< or `https`
  bool is_old = false;              ///< whether the request is HTTP/1.0

  /// The value of the first header with this name.
  std::optional<std::string_view> find(std::string_view name) const;

  /// The value of the first header with this name, or an empty view.
  std::string_view header(std::string_view name) const { return find(name).value_or(std::string_view{}); }
};

/// The response to a request. The server adds `Content-Length`, `Date` and `Connection`, and to a page the headers that
/// protect it, unless the response has them: `X-Content-Type-Options`, `Referrer-Policy`, and a
/// `Content-Security-Policy` by which only the site itself may frame it.
struct http_response {
  unsigned status = 200;                 ///< such as 200 or 404
  std::vector<http_header> headers = {}; ///< beside those that the server adds
  std::string body = {};                 ///< left out with the statuses that have none (RFC 9110 §15): 204 and 304
  bool closes = false;                   ///< whether the connection ends after the response

  /// Called on an io unit when the outcome is known: with true when the kernel has accepted the whole response, with
  /// false when the client disconnected before. After true, a call with false may follow when the client turns out to
  /// have disconnected. May be empty.
  std::function<void(bool reached)> on_outcome = {};

  /// A response with the content type `application/json`.
  static http_response json(unsigned status, std::string body);
  /// A response with plain text in UTF-8.
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

  /// Decides about a request by its head, before its body is read: a response refuses it. It is called once for each
  /// request, runs on the io unit, and must neither block nor throw. May be empty.
  std::function<std::optional<http_response>(const http_request& head)> admit = {};
};

/// Handles the requests of a route. It runs on the thread of the connection's io unit and must not block: pass long
/// work to a pool and reply later. After an exception the client receives 500, a telemetry event reports the
/// exception, and the connection stays open.
using http_handler = std::function<void(http_request, http_reply)>;

/// The form of the errors that the server itself answers, such as 404, 405, 408, 413, 431 and 500. `why` says in a few
/// words what is wrong. The server adds `Allow` and `Retry-After` where they belong. It may be called from any thread
/// and must not throw.
using http_error_form = std::function<http_response(unsigned status, std::string_view why)>;

/// A service that may use a `publish_api`, and for what.
struct api_key {
  /// What it sends as `Authorization: Bearer SECRET`. Take at least 32 random characters of base64 or hexadecimal:
  /// whoever guesses it may publish. Secrets are compared in constant time.
  std::string secret;

  /// The patterns (`room:*`, `lobby`) of the topics to which it may publish, and of which it may see presences and
  /// subscribers. They also match the ids of the sockets that it may disconnect. Empty: all.
  std::vector<std::string> topics = {};

  /// Reads a secret and the patterns after it: `SECRET room:* user_sockets:*`, as an option or a line of a file has it.
  static api_key parse(std::string_view text);
};

/// An HTTP API through which other services publish to topics: `application::serve` mounts it, on all nodes of a
/// cluster or on none. Its requests, answers and guarantees are in apps/guide/publish-api.md; the file
/// publish-api.openapi.yaml beside it describes them for machines.
///
///     app.serve(bennu::publish_api{.keys = {{.secret = key_of_billing, .topics = {"invoices:*"}}}});
///
/// | request                            | answer                                                              |
/// | ---                                | ---                                                                 |
/// | `POST PATH/publish`                | 202 when one message, or a list of up to 1,000, is handed to pubsub |
/// | `GET PATH/presence?topic=T`        | 200 with the presences of a topic                                   |
/// | `POST PATH/disconnect`             | 202: closes all sockets with an id, on all nodes                    |
/// | `GET PATH/topics?prefix=P`         | 200 with the topics that have subscribers, on all nodes             |
///
/// One actor of the node answers the requests, long lists in parts. What waits for it is bounded for each key.
struct publish_api {
  /// Who may use it; at least one, each with a secret of its own.
  std::vector<api_key> keys;

  /// Where the routes begin. The API answers the paths below it that no route serves: 404 in its form of errors, also
  /// when the program has a fallback.
  std::string path = "/api";

  /// The largest body of a request; a larger one is answered 413.
  /// 1 MiB: a thousand messages of a kilobyte, which are read within milliseconds.
  uint64_t max_body_bytes = 1 << 20;

  /// How many requests of one key may wait for their answer. A further one is answered 429 with Retry-After (limit
  /// "api_requests").
  /// 1,000: a second of a busy service.
  size_t max_waiting_requests = 1'000;

  /// How many bytes the waiting requests of one key may have in all, with what was read of their JSON. Beyond it a
  /// request is answered 429, too.
  /// 16 MiB: sixteen of the largest.
  size_t max_waiting_bytes = size_t{16} << 20;

  /// How many idempotency keys of the last five minutes a node knows, those of all nodes and services together. Half of
  /// them are divided among the API keys, so that none can take all places; the rest is for all. Without a place a
  /// request with a new one is answered 429 (limit "idempotency_keys").
  /// 100,000: 330 requests a second. Each costs about 200 bytes.
  size_t max_idempotency_keys = 100'000;
};

} // namespace bennu
