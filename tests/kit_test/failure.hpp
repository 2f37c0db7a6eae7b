#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <bennu/testing/expectation.hpp>

/// What a failed expectation says; empty when nothing fails.
inline std::string failure_of(const std::function<void()>& test) {
  try {
    test();
  } catch (const bennu::expectation_failed& x) {
    return x.what();
  }
  return {};
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
