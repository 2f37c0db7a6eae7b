#pragma once

#include <cstdint>
#include <random>

namespace bennu::engine {

/// A random number of 64 bits from the operating system: for incarnations and as the seed of a generator. It is no
/// secret (see transport/auth/random.hpp for those).
inline uint64_t random_bits() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

} // namespace bennu::engine
