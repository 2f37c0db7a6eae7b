#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/supervision/otp/otp_case.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/child_template.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// Notes the arguments of its constructor.
class noting_child : public test_child {
public:
  noting_child(caf::actor_config& cfg, std::vector<std::string>& notes, std::string text, int number)
    : test_child(cfg) {
    notes.push_back(text + " " + std::to_string(number));
    text = "spoilt";
    if (number < 0)
      throw std::invalid_argument{"negative"};
  }
};

} // namespace

TEST_CASE("child: every start gets copies of its arguments") {
  otp_case t;
  std::vector<std::string> notes;
  t.start(supervisor_spec{}.intensity({5, 5s}).add(child<noting_child>("a", std::ref(notes), "text", 3)));
  auto one = t.children();
  REQUIRE(one.size() == 1);
  CHECK(one[0].id == "a");
  caf::anon_send(one[0].actor, std::string{"crash"});
  t.world.settle();
  CHECK(notes == std::vector<std::string>{"text 3", "text 3"});
  CHECK(t.which() == "a running");
}

TEST_CASE("child: a constructor that throws is a failed start") {
  otp_case t;
  std::vector<std::string> notes;
  t.start(supervisor_spec{}.add(child<noting_child>("a", std::ref(notes), "text", -1)));
  REQUIRE(t.top_end());
  CHECK(t.top_end()->text == "failed_to_start_child a: crashed: negative");
}

TEST_CASE("child: its restart type is set as that of any child_spec") {
  otp_case t;
  t.start(supervisor_spec{}.add(child<test_child>("a").restart_as(restart::transient)));
  caf::anon_send(t.children()[0].actor, std::string{"stop"});
  t.world.settle();
  CHECK(t.which() == "a undefined");
}

TEST_CASE("child_template: each child of a pool gets its own arguments, also when it restarts") {
  otp_case t;
  std::vector<std::string> notes;
  t.start_pool();
  auto sort = template_of<noting_child, std::reference_wrapper<std::vector<std::string>>, std::string, int>("noting");
  auto first = t.start_child(sort.with(std::ref(notes), "first", 1)).actor;
  t.start_child(sort.with(std::ref(notes), "second", 2));
  caf::anon_send(first, std::string{"crash"});
  t.world.settle();
  CHECK(notes == std::vector<std::string>{"first 1", "second 2", "first 1"});
}
