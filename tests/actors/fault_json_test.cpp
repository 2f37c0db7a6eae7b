#include "actors/json/fault_json.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

fault read(const std::string& text) {
  return fault_from_json(nlohmann::json::parse(text));
}

std::string refusal_of(const std::string& text) {
  try {
    read(text);
    return {};
  } catch (const std::invalid_argument& x) {
    return x.what();
  }
}

} // namespace

TEST_CASE("fault json: every fault survives being written and read") {
  for (const auto* text :
       {R"({"fault":"crash","label":"room_channel*","event":"new_msg","probability":0.5,"seed":7,"times":3})",
        R"({"fault":"delay","node":"a","label":"x","time":250})", R"({"fault":"drop","event":"new_msg"})",
        R"({"fault":"refuse","label":"pubsub"})", R"({"fault":"full_disk","label":"log","times":2})",
        R"({"fault":"cut","node":"a","peer":"b"})", R"({"fault":"slow","node":"a","peer":"b","time":200})",
        R"({"fault":"pause","node":"a","time":3000})", R"({"fault":"slow","peer":"b","time":100})",
        R"({"fault":"pause","time":100})", R"({"fault":"kill","node":"a"})",
        R"({"fault":"clock","node":"a","jump":-5000})"}) {
    CAPTURE(text);
    CHECK(to_json(read(text)) == nlohmann::json::parse(text));
  }
}

TEST_CASE("fault json: what is left out has the value of a fault rule") {
  const auto x = read(R"({"fault":"delay"})");
  CHECK(x.rule == fault_rule::parse("delay"));
  CHECK(x.node.empty());
  CHECK(to_string(read(R"({"fault":"crash","node":"a","label":"room*"})")) == "crash label=room* event=* on a");
  CHECK(to_string(read(R"({"fault":"cut","node":"a","peer":"b"})")) == "cut a from b");
  CHECK(to_string(read(R"({"fault":"slow","node":"a","peer":"b","time":200})")) == "slow what a hears of b by 200 ms");
  CHECK(to_string(read(R"({"fault":"clock","jump":-5000})")) == "clock of the node jumps by -5000 ms");
}

TEST_CASE("fault json: what is no fault is refused, and the error says what is allowed") {
  CHECK(refusal_of("[]").find("an object is needed") != std::string::npos);
  CHECK(refusal_of("{}").find("the words are crash, delay") != std::string::npos);
  CHECK(refusal_of(R"({"fault":"explode"})").find(R"("explode": the words are crash)") != std::string::npos);
  CHECK(refusal_of(R"({"fault":7})") == "not a fault: fault is 7: a text is needed");
  CHECK(refusal_of(R"({"fault":"kill","peer":"b"})") == R"(not a fault: kill has the members node, not "peer")");
  CHECK(refusal_of(R"({"fault":"cut"})").find("cut needs the peer") != std::string::npos);
  CHECK(refusal_of(R"({"fault":"cut","node":"a","peer":"a"})").find("two different nodes") != std::string::npos);
  CHECK(refusal_of(R"({"fault":"slow","peer":"b"})").find("needs a time") != std::string::npos);
  CHECK(refusal_of(R"({"fault":"pause","time":0})").find("from 1 to 86400000") != std::string::npos);
  CHECK(refusal_of(R"({"fault":"pause","time":1.5})").find("a whole number") != std::string::npos);
  CHECK(refusal_of(R"({"fault":"pause","time":18446744073709551615})").find("a whole number") != std::string::npos);
  CHECK(refusal_of(R"({"fault":"clock"})").find("needs a jump") != std::string::npos);
  CHECK(refusal_of(R"({"fault":"crash","probability":2})").find("more than 0, at most 1") != std::string::npos);
  CHECK(refusal_of(R"({"fault":"crash","label":""})").find("a text is needed") != std::string::npos);
}
