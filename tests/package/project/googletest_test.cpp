#include <string_view>

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "counter_channel.hpp"

BENNU_REPORT_TO_GOOGLETEST

TEST(counter, adds) {
  a_counter_adds();
}

TEST(counter, a_wrong_expectation_is_a_failure_of_this_test) {
  const auto fails = [] {
    try {
      a_counter_adds_wrongly();
    } catch (const testing::AssertionException&) { // GoogleTest catches it where a test ends
    }
  };
  testing::TestPartResultArray failures;
  {
    testing::ScopedFakeTestPartResultReporter reporter{
      testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures};
    fails();
  }
  ASSERT_EQ(failures.size(), 1);
  EXPECT_TRUE(failures.GetTestPartResult(0).fatally_failed());
  EXPECT_TRUE(std::string_view{failures.GetTestPartResult(0).file_name()}.ends_with("counter_channel.hpp"));
}
