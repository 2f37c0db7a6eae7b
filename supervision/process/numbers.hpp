#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace bennu::engine {

inline constexpr uint64_t fnv1a_offset = 0xCBF29CE484222325U;

/// FNV-1a, 64 bits: the same number on every node and in every build, which `std::hash` does not promise. `begin` is
/// the state to go on from. Its last bits depend little on the last characters: mix before taking a remainder. Source:
/// http://www.isthe.com/chongo/tech/comp/fnv/
constexpr uint64_t fnv1a(std::string_view text, uint64_t begin = fnv1a_offset) noexcept {
  for (const char c : text)
    begin = (begin ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return begin;
}

/// Spreads a change of any bit over all bits, so that every part of the result serves as a hash. A bijection, the same
/// on every node. Source: the finalizer of SplitMix64 (Steele, Lea, Flood 2014).
constexpr uint64_t mixed(uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// A random number of 64 bits from the operating system: for incarnations and as the seed of a generator. It is no
/// secret (see transport/auth/random.hpp for those).
inline uint64_t random_bits() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

} // namespace bennu::engine
