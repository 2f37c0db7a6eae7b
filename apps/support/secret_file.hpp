#pragma once

#include <string>

namespace bennu {

/// The secret in the file at `path`; a new random one of 64 characters, readable by its owner alone, when there is no such file. Of
/// several programs that make it at the same time all get the same.
/// @throws std::runtime_error when it cannot be read or made.
std::string secret_from_file(const std::string& path);

} // namespace bennu
