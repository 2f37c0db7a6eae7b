#include <stdexcept>

#include <caf/scoped_actor.hpp>

#include <doctest/doctest.h>

#include "actors/cluster/shared_groups.hpp"
#include "tests/transport/cluster/remote_actors.hpp"
#include <bennu/supervision/process_groups.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

caf::behavior note_changes(caf::event_based_actor*, hub_log* log) {
  return {
    [log](const key_registered& x) { log->add("joined " + x.key); },
    [log](const key_unregistered& x) { log->add("left " + x.key); },
  };
}

/// The groups of a node without the rest of a node.
struct groups_of_node {
  process_groups groups;
  std::shared_ptr<shared_groups> shared;

  void use(cluster_node& on) {
    shared = std::make_shared<shared_groups>(groups.board(), on.link());
    groups.board()->use(shared.get());
    on.link().carry(shared);
  }
  auto when_made() {
    return [this](cluster_node& on) { use(on); };
  }
  void end() { groups.board()->use(nullptr); }
};

/// Two connected nodes with groups.
struct two_aviaries {
  hub_log log;
  groups_of_node of_a, of_b;
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a"), {}, of_a.when_made()};
  cluster_node b{with_peers(certificates.options("b"), {a.address()}), {}, of_b.when_made()};

  ~two_aviaries() { // before the links go
    of_a.end();
    of_b.end();
  }
};

} // namespace

TEST_CASE(
  "process groups: over real sockets the members of a node are known, answer, vanish with the link and return") {
  two_aviaries x;
  const auto polly = x.a.own(x.a.system().spawn<parrot>(std::ref(x.log)));
  x.of_b.groups.monitor("birds", x.b.own(x.b.system().spawn(note_changes, &x.log)));
  CHECK_FALSE(x.of_a.groups.join("birds", polly));
  REQUIRE(x.log.told("joined birds"));
  const auto members = x.of_b.groups.members("birds");
  REQUIRE(members.size() == 1);
  CHECK(x.of_b.groups.local_members("birds").empty());
  CHECK_THROWS_AS(x.of_b.groups.join("birds", members[0]), std::invalid_argument); // an actor of another node
  {
    caf::scoped_actor self{x.b.system()};
    std::string answer;
    self->request(members[0], std::chrono::seconds{5}, std::string{"hello"})
      .receive([&](const std::string& text) { answer = text; }, [](const caf::error&) {});
    CHECK(answer == "hello hello");
  }
  x.b.link().cut("a", "because");
  REQUIRE(x.log.told("left birds"));
  REQUIRE(x.log.told("joined birds", 2));
  CHECK(x.of_b.groups.members("birds").size() == 1);
  CHECK(x.of_a.groups.leave("birds", polly));
  CHECK(x.log.told("left birds", 2));
  CHECK(x.of_b.groups.groups().empty());
}
