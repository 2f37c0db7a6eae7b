#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace bennu::engine {

/// Reads a configuration file as CLI11 does, but refuses unknown keys. The error names the file, the line and the
/// allowed keys.
class config_file : public CLI::ConfigTOML {
public:
  explicit config_file(const CLI::App& cli) : cli_(cli) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

private:
  const CLI::App& cli_;
};

/// The number of the line of `text` that sets `key`; 0 when no line does.
std::size_t line_of_key(std::string_view text, std::string_view key);

/// `FILE:LINE: ` when a command line error is about a key that the file has set, not the command line; else empty.
std::string place_in_file(const CLI::App& cli, std::string_view error, const std::vector<std::string>& arguments);

} // namespace bennu::engine
