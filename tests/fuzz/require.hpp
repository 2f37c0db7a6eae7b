#pragma once

#include <cstdlib>

namespace bennu::test {

/// Ends a fuzzer's program, so that libFuzzer keeps the input.
inline void require(bool claim) {
  if (!claim)
    std::abort();
}

} // namespace bennu::test
