#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace bennu::engine {

/// Raises the limit of file descriptors of this process to the maximum that the system allows. Each connection needs
/// one, and the usual soft limit of 1024 is too low for a busy server.
/// @returns the new limit.
size_t raise_file_limit() noexcept;

/// The secret in the file at `path`; a new random one of 64 characters, readable by its owner alone, when there is no
/// such file. Programs that make it at the same time all get the same secret.
/// @throws std::runtime_error when it is empty, cannot be read or made, or when everybody on the machine can read it.
std::string secret_from_file(const std::string& path);

/// The lines of a file with one secret a line, without empty lines and those that begin with `#`.
/// @throws std::runtime_error when it cannot be read, or when everybody on the machine can read it.
std::vector<std::string> secrets_from_file(const std::string& path);

/// Whether users that are neither the owner of a file nor in its group may read, write or run it. Such a file must not
/// hold a secret or a key.
bool is_readable_by_others(const std::string& path) noexcept;

/// Reads a configuration file as CLI11 does, but refuses unknown keys. The error names the file, the line and the
/// allowed keys.
class config_file : public CLI::ConfigTOML {
public:
  explicit config_file(const CLI::App& cli) : cli_(cli) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

private:
  const CLI::App& cli_;
};

/// The configuration file of a command line; empty without one.
std::string file_name(const CLI::App& cli);

/// Whether the configuration file sets an option such as `--port`, and the arguments do not.
bool is_from_file(const CLI::App& cli, const std::string& flag, const std::vector<std::string>& arguments);

/// The number of the line of `text` that sets `key`; 0 when no line does.
size_t line_of_key(std::string_view text, std::string_view key);

/// `FILE:LINE: ` when a command line error is about a key that the file has set, not the command line; else empty.
std::string place_in_file(const CLI::App& cli, std::string_view error, const std::vector<std::string>& arguments);

} // namespace bennu::engine
