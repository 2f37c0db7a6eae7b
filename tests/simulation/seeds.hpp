#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace bennu::test {

/// The number in an environment variable, such as BENNU_SEEDS.
inline uint64_t number_from(const char* variable, uint64_t fallback) {
  const auto* text = std::getenv(variable);
  return text != nullptr ? std::stoull(text) : fallback;
}

} // namespace bennu::test
