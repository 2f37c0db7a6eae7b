#define DOCTEST_CONFIG_IMPLEMENT
#include <csignal>
#include <cstdio>

#include <doctest/doctest.h>

#include "tests/wire/lab.hpp"
#include "tests/wire/probe_process.hpp"

int main(int count, char** arguments) {
  ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
  doctest::Context context(count, arguments);
  const int failed = context.run();
  bennu::test::end_lab();
  if (bennu::test::shared_probe_ends_well())
    return failed;
  std::fputs("bennu-probe did not end well after SIGTERM: see what it wrote\n", stderr);
  return 1;
}
