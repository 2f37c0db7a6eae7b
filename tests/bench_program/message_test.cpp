#include <doctest/doctest.h>

#include "apps/bench/message.hpp"

using namespace bennu::bench;

TEST_CASE("bench message: cut returns the five elements as they are written") {
  const auto x = cut(R"([null,"1","a,\"b","msg",{"n":[1,2],"m":"]"}])");
  REQUIRE(x);
  CHECK(x->join_ref == "null");
  CHECK(x->ref == "\"1\"");
  CHECK(x->topic == R"("a,\"b")");
  CHECK(x->event == "\"msg\"");
  CHECK(x->payload == R"({"n":[1,2],"m":"]"})");
}

TEST_CASE("bench message: cut refuses everything but an array of five elements") {
  for (const auto* text : {"", "[", "[]", "{}", "[1,2,3,4]", R"(["1","2","3","4)"})
    CHECK_FALSE(cut(text));
}

TEST_CASE("bench message: cut reads what write_message writes") {
  const auto text = write_message("1", "2", "bench:x", "pub", R"({"n":7})");
  const auto x = cut(text);
  REQUIRE(x);
  CHECK(x->topic == "\"bench:x\"");
  CHECK(number_in(x->payload, "\"n\"") == 7);
}

TEST_CASE("bench message: number_in finds the number after its key, with and without blanks") {
  CHECK(number_in(R"({"p":1,"n": 42})", "\"n\"") == 42);
  CHECK_FALSE(number_in(R"({"p":1})", "\"n\""));
  CHECK_FALSE(number_in(R"({"n":"x"})", "\"n\""));
}
