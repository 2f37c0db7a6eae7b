#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transport/program/otlp.hpp"

namespace bennu::engine {

/// Where spans are sent, and how.
struct otlp_target {
  otlp_url url;
  std::vector<std::pair<std::string, std::string>> headers{}; ///< such as `Authorization`
  std::string authority_file{};                               ///< PEM; empty: the certificate authorities of the system
};

/// What came of a request.
struct otlp_outcome {
  unsigned status = 0; ///< 0: there was no answer, and `text` says why
  std::string text{};  ///< or the body of the answer, at most 64 KiB
  std::optional<std::chrono::seconds> retry_after{};
};

/// Sends one request with this body and waits for the answer, at most until `deadline` says. It asks `deadline` again
/// and again, so that it may come closer meanwhile. Thread safety: any thread.
otlp_outcome post_spans(const otlp_target& to, const std::string& body,
                        const std::function<std::chrono::steady_clock::time_point()>& deadline);

} // namespace bennu::engine
