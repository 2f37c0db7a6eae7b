#include <caf/scoped_actor.hpp>

#include <doctest/doctest.h>

#include "tests/transport/cluster/remote_actors.hpp"
#include <bennu/supervision/registry.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

const std::string polly_name = "global:polly";

/// Two nodes, and an actor on the first that repeats texts.
struct aviary {
  hub_log log;
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  caf::actor polly = a.own(a.system().spawn<parrot>(std::ref(log)));

  std::string ask(const caf::actor& whom, const std::string& text) {
    caf::scoped_actor self{b.system()};
    std::string result = "no answer";
    self->request(whom, std::chrono::seconds{5}, text)
      .receive([&](const std::string& x) { result = x; }, [](const caf::error&) {});
    return result;
  }

  void mourn(const caf::actor& whom) { b.own(b.system().spawn<mourner>(std::ref(log), whom)); }
};

} // namespace

TEST_CASE("global names: an actor of one node is found on another, answers requests, and its crash is noticed there") {
  aviary x;
  CHECK_FALSE(x.a.names().add(polly_name, x.polly));
  CHECK(x.a.names().find(polly_name) == x.polly);
  const auto from_afar = find_soon(x.b, polly_name);
  REQUIRE(from_afar);
  CHECK(x.b.names().names() == std::vector<std::string>{polly_name});
  CHECK(x.ask(from_afar, "hello") == "hello hello");
  CHECK(x.b.names().add(polly_name, x.b.own(x.b.system().spawn<parrot>(std::ref(x.log))))
        == registry_error::already_registered);
  x.mourn(from_afar);
  caf::anon_send(from_afar, std::string{"crash"});
  CHECK(x.log.wait([](auto& lines) { return lines.size() == 1 && lines[0].starts_with("crashed"); }));
}

TEST_CASE("global names: nodes that connect exchange their earlier names, and a name that is removed is free") {
  certificate_folder certificates{{"a", "b"}};
  hub_log log;
  cluster_node a{certificates.options("a")};
  const auto polly = a.own(a.system().spawn<parrot>(std::ref(log)));
  a.names().add(polly_name, polly);
  a.names().add("global:other", polly);
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  REQUIRE(find_soon(b, polly_name));
  CHECK(a.names().remove(polly_name, polly));
  CHECK_FALSE(a.names().remove(polly_name, polly));
  while (b.names().find(polly_name))
    std::this_thread::yield();
  CHECK(b.names().find("global:other"));
  CHECK_FALSE(b.names().add(polly_name, b.own(b.system().spawn<parrot>(std::ref(log)))));
  CHECK(find_soon(a, polly_name));
}

TEST_CASE("global names: when the link is lost the name is free, a monitor reports noconnection, and afterwards the "
          "name is there again") {
  aviary x;
  x.a.names().add(polly_name, x.polly);
  const auto before = find_soon(x.b, polly_name);
  REQUIRE(before);
  x.mourn(before);
  x.b.link().cut("a", "because");
  REQUIRE(x.log.wait([](auto& lines) { return !lines.empty(); }));
  CHECK(x.log.lines().front().starts_with("noconnection"));
  // An actor handle of the lost session receives no answers.
  while (x.ask(find_soon(x.b, polly_name), "again") != "again again")
    std::this_thread::yield();
}

TEST_CASE(
  "global names: of two actors that took a name while apart the first keeps it, and the other is killed or notified") {
  certificate_folder certificates{{"a", "b"}};
  hub_log log;
  cluster_node a{certificates.options("a")};
  const auto first = a.own(a.system().spawn<parrot>(std::ref(log)));
  CHECK_FALSE(a.names().add(polly_name, first));
  CHECK_FALSE(a.names().add("global:second", first));
  caf::actor killed;
  cluster_node b{with_peers(certificates.options("b"), {a.address()}), {}, [&](cluster_node& self) {
                   killed = self.own(self.system().spawn<parrot>(std::ref(log)));
                   self.own(self.system().spawn<mourner>(std::ref(log), killed));
                   CHECK_FALSE(self.names().add(polly_name, killed));
                   const auto told = self.own(self.system().spawn<parrot>(std::ref(log)));
                   CHECK_FALSE(self.names().add("global:second", told, when_name_is_lost::notify));
                 }};
  CHECK(log.told("killed"));
  CHECK(log.told("lost global:second to another"));
  CHECK(find_soon(b, polly_name, killed));
  CHECK(a.names().find(polly_name) == first);
}

TEST_CASE("global names: names without the prefix, and actors of another node, are refused") {
  aviary x;
  CHECK_THROWS_AS(x.a.names().add("polly", x.polly), std::invalid_argument);
  x.a.names().add(polly_name, x.polly);
  const auto from_afar = find_soon(x.b, polly_name);
  REQUIRE(from_afar);
  CHECK_THROWS_AS(x.b.names().add("global:alias", from_afar), std::invalid_argument);
}
