#pragma once

#include <cstddef>

namespace bennu::engine {

/// Raises the limit of file descriptors of this process to the maximum that the system allows. Each connection needs
/// one, and the usual soft limit of 1024 is too low for a busy server.
/// @returns the new limit.
std::size_t raise_file_limit() noexcept;

} // namespace bennu::engine
