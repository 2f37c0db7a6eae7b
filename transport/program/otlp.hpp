#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// Who sends the spans: attributes such as `service.name`, in order.
using otlp_resource = std::vector<std::pair<std::string, std::string>>;

/// The request that exports spans, in the JSON of OTLP/HTTP: ids in hexadecimal, times as decimal texts, enums as
/// numbers. Bytes that are not UTF-8 are replaced. Source: OTLP 1.9, "JSON Protobuf Encoding".
std::string otlp_request(const otlp_resource& from, std::string_view version, const std::vector<span_record>& spans);

/// What a collector did not take of a request that it answered with 200.
struct otlp_partial_success {
  int64_t rejected = 0;
  std::string text{}; ///< may also come with `rejected` 0, as a warning
};

/// Reads the body of such an answer. @returns nothing when all was taken, and for a body that cannot be read.
std::optional<otlp_partial_success> partial_success_in(std::string_view body);

/// The URL of a collector.
struct otlp_url {
  bool is_secure = false;
  std::string host{};
  std::string port{};
  std::string target{};

  /// @returns nothing unless it is `http://` or `https://` with a host, and with neither a user nor a fragment.
  static std::optional<otlp_url> parse(std::string_view text);

  /// For log lines; a query may be a secret and is left out.
  std::string text() const;

  friend bool operator==(const otlp_url&, const otlp_url&) = default;
};

} // namespace bennu::engine
