#pragma once

#include <cstdlib>

namespace bennu::test {

/// Aborts the program when `x` is false, so that libFuzzer keeps the input.
inline void require(bool claim) {
  if (!claim)
    std::abort();
}

} // namespace bennu::test
