#include "transport/observer/log_ring.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "transport/observer/question.hpp"

namespace bennu::engine {

namespace {

// The words of spdlog, the least important first.
constexpr std::array<std::string_view, 6> levels = {"trace", "debug", "info", "warning", "error", "critical"};

size_t index_of(std::string_view level) {
  return static_cast<size_t>(std::find(levels.begin(), levels.end(), level) - levels.begin());
}

} // namespace

void log_ring::add(std::string_view level, std::string_view text) {
  line added{unix_ms(), std::min(index_of(level), levels.size() - 1), shown_text(text)};
  std::lock_guard guard{mutex_};
  lines_.add(std::move(added));
}

nlohmann::json log_ring::lines(uint64_t after, const std::string& level, std::string_view search) const {
  const auto least = index_of(level);
  if (least == levels.size())
    throw wrong_params("level must be one of trace, debug, info, warning, error, critical");
  auto rows = nlohmann::json::array();
  std::lock_guard guard{mutex_};
  lines_.each_after(after, [&](uint64_t number, const line& x) {
    if (x.level >= least && contains_text(x.text, search))
      rows.push_back({{"n", number}, {"at_ms", x.at_ms}, {"level", levels[x.level]}, {"text", x.text}});
  });
  return {{"last", lines_.last()}, {"lines", std::move(rows)}};
}

} // namespace bennu::engine
