#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "actors/cluster/calls/call_table.hpp"
#include "actors/cluster/link/fields.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// A table, and what its waiting callers were told.
struct switchboard {
  call_table table{4};
  std::vector<std::string> told; // destroyed after the table

  ~switchboard() { table = call_table{}; }

  call_table::asker asker(std::string name) {
    return std::make_shared<sure_call<std::optional<call_answer>>>(
      [this, name](std::optional<call_answer> x) { told.push_back(name + (x ? ": " + x->body : ": nothing")); });
  }

  call_table::answerer answerer(std::string name) {
    return std::make_shared<sure_call<answer_fate>>([this, name](answer_fate x) {
      told.push_back(name
                     + (x == answer_fate::reached    ? ": reached"
                        : x == answer_fate::returned ? ": returned"
                                                     : ": unknown"));
    });
  }
};

using texts = std::vector<std::string>;
constexpr call_table::time_point noon{12h};

} // namespace

TEST_CASE("calls: an answer reaches its caller once") {
  switchboard x;
  CHECK(x.table.asked("b", 1, x.asker("ann"), noon));
  CHECK(x.table.asked("b", 2, x.asker("bob"), noon));
  CHECK(x.table.answered("b", 2, {"two", {}}));
  CHECK(x.table.answered("b", 1, {"one", {}}));
  CHECK_FALSE(x.table.answered("b", 1, {"again", {}}));
  CHECK(x.told == texts{"bob: two", "ann: one"});
  CHECK(x.table.empty());
}

TEST_CASE("calls: an answer of a node that was not asked is ignored") {
  switchboard x;
  x.table.asked("b", 1, x.asker("ann"), noon);
  CHECK_FALSE(x.table.answered("c", 1, {"I know better", {}}));
  CHECK(x.told.empty());
}

TEST_CASE("calls: when a node is lost, exactly the callers that wait for it are told") {
  switchboard x;
  x.table.asked("b", 1, x.asker("ann"), noon);
  x.table.asked("c", 2, x.asker("bob"), noon);
  x.table.answering("b", 7, x.answerer("dan"), noon);
  x.table.lost("b");
  CHECK(x.told == texts{"ann: nothing", "dan: unknown"});
  CHECK(x.table.waiting() == 1);
}

TEST_CASE("calls: a call ends when its time is over") {
  switchboard x;
  x.table.asked("b", 1, x.asker("ann"), noon);
  x.table.answering("b", 7, x.answerer("dan"), noon + 1s);
  x.table.expire(noon - 1ns);
  CHECK(x.told.empty());
  x.table.expire(noon);
  CHECK(x.told == texts{"ann: nothing"});
  x.table.expire(noon + 1s);
  CHECK(x.told == texts{"ann: nothing", "dan: unknown"});
}

TEST_CASE("calls: an answer that arrived may be returned later, but its fate is no longer unknown") {
  switchboard x;
  x.table.answering("b", 1, x.answerer("ann"), noon);
  x.table.answering("b", 2, x.answerer("bob"), noon);
  x.table.receipt("b", 1, true);
  x.table.receipt("b", 2, true);
  x.table.receipt("b", 1, false);
  x.table.receipt("b", 1, false);
  x.table.lost("b");
  CHECK(x.told == texts{"ann: reached", "bob: reached", "ann: returned"});
}

TEST_CASE("calls: when too many wait, the next caller is told immediately that there is no answer") {
  switchboard x;
  for (uint64_t id = 1; id <= 4; ++id)
    x.table.asked("b", id, x.asker("early"), noon);
  CHECK_FALSE(x.table.asked("b", 5, x.asker("late"), noon));
  x.table.answering("b", 6, x.answerer("answerer"), noon);
  CHECK(x.told == texts{"late: nothing", "answerer: unknown"});
}

TEST_CASE("calls: questions, answers and receipts are decoded as they were encoded; truncated ones are refused") {
  const std::string binary("\0\xff\n", 3);
  std::string call, answer, receipt;
  append_fields(call, call_parcel{1'000'000, 1, binary});
  append_fields(answer, answer_parcel{5, true, binary});
  append_fields(receipt, receipt_parcel{300, true});
  CHECK(parse_fields<call_parcel>(call) == call_parcel{1'000'000, 1, binary});
  CHECK(parse_fields<answer_parcel>(answer) == answer_parcel{5, true, binary});
  CHECK(parse_fields<receipt_parcel>(receipt) == receipt_parcel{300, true});
  for (auto* text : {&call, &answer, &receipt})
    text->pop_back();
  CHECK_FALSE(parse_fields<call_parcel>(call));
  CHECK_FALSE(parse_fields<answer_parcel>(answer));
  CHECK_FALSE(parse_fields<receipt_parcel>(receipt));
}
