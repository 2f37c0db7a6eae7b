#include <doctest/doctest.h>

#include "tests/transport/cluster/remote_actors.hpp"

using namespace bennu;
using namespace bennu::test;

TEST_CASE("otp: down_of_a_remote_child: a supervisor restarts a child of another node when it crashes and when the "
          "connection is lost") {
  certificate_folder certificates{{"a", "b"}};
  hub_log log;
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  auto serve = [&](const std::string& name) {
    const auto who = a.own(a.system().spawn<parrot>(std::ref(log)));
    REQUIRE_FALSE(a.names().add(name, who));
  };
  serve("global:first");
  serve("global:second");
  const auto first = find_soon(b, "global:first");
  const auto second = find_soon(b, "global:second");
  REQUIRE(first);
  REQUIRE(second);
  std::vector<caf::actor> places{first, second};
  child_spec remote{"remote", [&](caf::event_based_actor* parent, const start_cause& cause) -> start_result {
                      log.add("start after " + (cause.crash ? to_string(cause.crash->kind) : "nothing"));
                      if (places.empty()) // the other node is gone: a local actor takes over
                        return caf::actor{parent->spawn<parrot>(std::ref(log))};
                      const auto next = places.front();
                      places.erase(places.begin());
                      return next;
                    }};
  std::optional<supervision_tree> tree{
    supervisor_spec{one_for_one}.intensity({5, std::chrono::seconds{5}}).add(std::move(remote)).start(b.system())};
  REQUIRE(log.told("start after nothing"));
  caf::anon_send(first, std::string{"crash"});
  REQUIRE(log.told("start after crashed"));
  b.link().cut("a", "because");
  REQUIRE(log.wait([](auto& lines) { return lines.size() == 3; }));
  CHECK(log.lines().back() == "start after noconnection");
  tree.reset();
  CHECK(log.lines().size() == 3);
}
