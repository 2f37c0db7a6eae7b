#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdio>

#include <doctest/doctest.h>

#include "tests/wire/probe_process.hpp"

int main(int count, char** arguments) {
  doctest::Context context(count, arguments);
  const int failed = context.run();
  if (bennu::test::shared_probe_ends_well())
    return failed;
  std::fputs("bennu-probe did not end well after SIGTERM: see what it wrote\n", stderr);
  return 1;
}
