#pragma once

#include <cstddef>

namespace bennu {

/// Allows this process as many file descriptors as the system lets it have: a connection is one,
/// and the usual soft limit of 1024 would end a busy server.
/// @returns the limit that now holds.
std::size_t raise_file_limit() noexcept;

} // namespace bennu
