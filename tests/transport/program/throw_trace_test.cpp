#include "transport/program/logging.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

#include "supervision/process/crash_report.hpp"

using namespace bennu;
using namespace bennu::engine;

namespace {

[[gnu::noinline]] int deep(int depth) {
  if (depth == 0)
    throw std::runtime_error{"here"};
  return deep(depth - 1) + 1;
}

bool throws() {
  try {
    return deep(5) == 0;
  } catch (const std::runtime_error&) {
    return true;
  }
}

} // namespace

TEST_CASE("throw_trace: exceptions are caught as usual, and their stack is recorded once that is switched on") {
  CHECK(throws());
  CHECK(last_throw_trace().empty());
  keep_throw_traces();
  CHECK(throws());
  set_throw_trace(nullptr);
  auto trace = last_throw_trace();
  CHECK(trace.find(" < ") != std::string::npos);
}
