#include <doctest/doctest.h>

#include <fstream>
#include <list>

#include "transport/program/metrics.hpp"

using namespace bennu;
using namespace bennu::engine;

TEST_CASE("process numbers: open files are counted and do not exceed the limit") {
  std::list<std::ifstream> open;
  for (int i = 0; i < 100; ++i)
    open.emplace_back("/proc/self/statm");
  const auto numbers = read_process_numbers();
  CHECK(numbers.open_files >= 100);
  CHECK(numbers.open_files <= numbers.max_files);
  CHECK(numbers.resident_bytes > 0);
  CHECK(numbers.threads >= 1);
}
