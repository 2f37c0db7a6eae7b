#include <string>
#include <vector>

#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include "tests/transport/cluster/remote_actors.hpp"
#include <bennu/actors/message.hpp>

namespace feed {

struct seeds {
  std::string kind;
  int grams = 0;
};

template <class Inspector>
auto inspect(Inspector& f, seeds& x) {
  return f(x.kind, x.grams);
}

BENNU_MESSAGE(seeds) // in the namespace of the type

struct meal {
  std::vector<seeds> courses;
};

template <class Inspector>
auto inspect(Inspector& f, meal& x) {
  return f(x.courses);
}

struct thought {
  const std::string* where = nullptr;
};

} // namespace feed

BENNU_MESSAGE(feed::meal) // and outside of all
BENNU_MESSAGE(feed::thought)

using namespace bennu;
using namespace bennu::test;

namespace {

/// Answers with what it has received.
class eater : public process {
public:
  using process::process;

protected:
  caf::behavior make_behavior() override {
    return {
      [](const feed::seeds& x) { return std::to_string(x.grams) + " g of " + x.kind; },
      [](const feed::meal& x) { return std::to_string(x.courses.size()) + " courses, then " + x.courses.back().kind; },
      [](const feed::thought& x) { return *x.where; },
    };
  }
};

template <class T>
std::string ask(caf::actor_system& from, const caf::actor& whom, const T& what) {
  caf::scoped_actor self{from};
  std::string result;
  self->request(whom, caf::infinite, what)
    .receive([&](const std::string& x) { result = x; }, [&](const caf::error& why) { result = to_string(why); });
  return result;
}

} // namespace

TEST_CASE("messages: an application's own type is sent between nodes, alone and within another type") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  a.names().add("global:eater", a.own(a.system().spawn<eater>()));
  const auto from_afar = find_soon(b, "global:eater");
  REQUIRE(from_afar);
  CHECK(ask(b.system(), from_afar, feed::seeds{"hemp", 5}) == "5 g of hemp");
  CHECK(ask(b.system(), from_afar, feed::meal{{{"hemp", 5}, {"millet", 7}}}) == "2 courses, then millet");
}

TEST_CASE("messages: a message that cannot be serialized is sent within its node") {
  config settings;
  caf::actor_system system{settings};
  const auto one = system.spawn<eater>();
  const std::string place = "the other branch";
  CHECK(ask(system, one, feed::thought{&place}) == place);
  anon_send_exit(one, caf::exit_reason::kill);
}
