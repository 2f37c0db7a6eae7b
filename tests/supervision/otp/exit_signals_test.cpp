// Tests which exit signals end a supervisor, and which reasons cross a link.
#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "tests/supervision/otp/otp_case.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

/// A child that is also linked to its supervisor.
child_spec linked(const std::string& id, diary& book) {
  return {id, [&book](caf::event_based_actor* parent, const start_cause&) -> start_result {
            book.actors.push_back(parent->spawn<test_child, caf::linked>());
            return book.last();
          }};
}

/// Traps exits and notes them.
class trapping_child : public process {
public:
  trapping_child(caf::actor_config& cfg, std::vector<exit_info>& seen) : process(cfg) {
    set_exit_handler([&seen](caf::exit_msg& x) { seen.push_back(classify(x.reason)); });
  }

protected:
  caf::behavior make_behavior() override {
    return {[this](const caf::actor& other) { link_to(other); }};
  }
};

} // namespace

TEST_CASE("otp: exit_signals: a linked child that crashes is restarted, and its supervisor lives") {
  otp_case t;
  diary book;
  t.start(supervisor_spec{}.add(linked("a", book)));
  caf::anon_send(book.last(), std::string{"crash"});
  t.world.settle();
  CHECK_FALSE(t.top_end());
  CHECK(book.starts() == 2);
  book.actors.clear();
}

TEST_CASE("otp: exit_signals: a linked child that is killed is restarted, and its supervisor lives") {
  otp_case t;
  diary book;
  t.start(supervisor_spec{}.add(linked("a", book)));
  signal_exit(book.last(), exits::kill());
  t.world.settle();
  CHECK_FALSE(t.top_end());
  CHECK(book.starts() == 2);
  book.actors.clear();
}

TEST_CASE("otp: exit_signals: a stranger's signal is ignored and reported") {
  for (auto is_pool : {false, true}) {
    otp_case t;
    if (is_pool)
      t.start_pool();
    else
      t.start(supervisor_spec{}.add(t.child("a")));
    auto stranger = t.world.own(t.world.system().spawn<test_child>());
    for (auto& reason : {exits::shutdown(), exits::crash("of a stranger"), exits::normal()})
      signal_exit(t.top, reason, stranger.address());
    t.world.settle();
    CHECK_FALSE(t.top_end());
    CHECK(t.world.events("process.exit_ignored") == 3);
  }
}

TEST_CASE("otp: exit_signals: a nested supervisor obeys only its parent") {
  otp_case t;
  t.start(supervisor_spec{}.add(supervisor_spec{}.supervised("inner")));
  auto inner = t.children()[0].actor;
  signal_exit(inner, exits::crash("of nobody"));
  t.world.settle();
  CHECK(t.children()[0].actor == inner);
  t.stop();
  REQUIRE(t.top_end());
  CHECK(*t.top_end() == exit_info{exit_kind::shutdown, {}});
}

TEST_CASE("otp: exit_signals: a kill cannot be trapped, whoever sends it") {
  otp_case t;
  t.start(supervisor_spec{}.add(t.child("a")));
  signal_exit(t.top, exits::kill());
  t.world.settle();
  REQUIRE(t.top_end());
  CHECK(t.top_end()->kind == exit_kind::killed);
}

TEST_CASE("otp: exit_signals: a kill crosses a link as killed, which can be trapped") {
  virtual_system world;
  std::vector<exit_info> seen;
  auto one = world.own(world.system().spawn<trapping_child>(std::ref(seen)));
  auto other = world.own(world.system().spawn<test_child>());
  caf::anon_send(one, other);
  world.settle();
  signal_exit(other, exits::kill());
  world.settle();
  CHECK(is_alive(one));
  CHECK(seen == std::vector<exit_info>{{exit_kind::killed, {}}});
}

TEST_CASE("otp: exit_signals: a link to an actor that has ended gives noproc, however it ended") {
  virtual_system world;
  std::vector<exit_info> seen;
  auto one = world.own(world.system().spawn<trapping_child>(std::ref(seen)));
  auto other = world.own(world.system().spawn<test_child>());
  caf::anon_send(other, std::string{"stop"});
  world.settle();
  caf::anon_send(one, other);
  world.settle();
  CHECK(seen == std::vector<exit_info>{{exit_kind::noproc, {}}});
}
