#pragma once

#include <string>

namespace bennu::engine {

/// The secret in the file at `path`; a new random one of 64 characters, readable by its owner alone, when there is no
/// such file. Of several programs that make it at the same time all get the same.
/// @throws std::runtime_error when it cannot be read or made, or when everybody on the machine can read it.
std::string secret_from_file(const std::string& path);

/// Whether a file may be read, written or run by those who are neither its owner nor of its group: no place for a
/// secret or a key.
bool is_readable_by_others(const std::string& path) noexcept;

} // namespace bennu::engine
