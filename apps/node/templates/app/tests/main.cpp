#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <bennu/testing/expectation.hpp>

// The frame of all tests: `ctest` runs them. What an expectation of bennu::testing does not find is a failure of doctest.
BENNU_REPORT_TO_DOCTEST
