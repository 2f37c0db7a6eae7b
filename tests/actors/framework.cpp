#include <doctest/doctest.h>

#include <bennu/testing/expectation.hpp>

BENNU_REPORT_TO_DOCTEST
