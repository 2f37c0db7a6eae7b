#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "transport/observer/ring.hpp"

namespace bennu::engine {

/// The last lines of the log, as an observer reads them. Thread safety: any thread.
class log_ring {
public:
  /// 1,000 lines of at most 2 KB.
  static constexpr size_t max_lines = 1'000;

  void add(std::string_view level, std::string_view text);

  /// `{"last", "lines": [{"n", "at_ms", "level", "text"}]}`: those after a number, at least as important as `level`,
  /// that contain `search`.
  /// @throws wrong_params when there is no such level
  nlohmann::json lines(uint64_t after, const std::string& level, std::string_view search) const;

private:
  struct line {
    int64_t at_ms;
    size_t level;
    std::string text;
  };

  mutable std::mutex mutex_;
  numbered_ring<line> lines_{max_lines};
};

} // namespace bennu::engine
