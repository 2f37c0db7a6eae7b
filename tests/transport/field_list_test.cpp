#include "transport/http/field_list.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace bennu::engine;

TEST_CASE("field list: parts are taken one after another, without the white space around them") {
  std::string_view list = " a, b=\"x y\" ,\t,c";
  std::vector<std::string> parts;
  while (!list.empty())
    parts.emplace_back(take_part(list, ','));
  CHECK(parts == std::vector<std::string>{"a", "b=\"x y\"", "", "c"});
  CHECK(take_part(list, ',').empty());
}

TEST_CASE("field list: tokens are compared without regard to case") {
  CHECK(same_token("X-Forwarded-For", "x-forwarded-FOR"));
  CHECK(same_token("", ""));
  CHECK_FALSE(same_token("gzip", "gzi"));
  CHECK_FALSE(same_token("gzip", "gzib"));
}
