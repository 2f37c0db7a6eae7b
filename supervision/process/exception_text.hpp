#pragma once

#include <exception>
#include <string>

namespace bennu::engine {

/// What an exception says, for reports and exit reasons. Within a `catch (...)` it is the exception that was caught.
inline std::string exception_text(const std::exception_ptr& thrown = std::current_exception()) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& x) {
    return x.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

} // namespace bennu::engine
