#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace bennu {

/// Reads a configuration file as CLI11 does, but refuses a key that the program does not know with
/// the file, the line and the keys that are allowed.
class config_file : public CLI::ConfigTOML {
public:
  explicit config_file(const CLI::App& cli) : cli_(cli) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

private:
  const CLI::App& cli_;
};

/// The number of the line of `text` that sets `key`; 0 when none does.
std::size_t line_of_key(std::string_view text, std::string_view key);

/// `FILE:LINE: ` of the key that a command line's error is about, when the file and not the command
/// line set it; else empty.
std::string place_in_file(const CLI::App& cli, std::string_view error, const std::vector<std::string>& arguments);

} // namespace bennu
