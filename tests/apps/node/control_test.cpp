#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "apps/node/control_client.hpp"
#include "tests/support/scratch_folder.hpp"
#include "transport/program/control_server.hpp"

using namespace bennu::engine;
using namespace bennu::node_program;
using bennu::test::scratch_folder;
using nlohmann::json;

namespace {

/// A socket at which each connection counts its requests, and tells when it has ended.
struct counting_server {
  struct counter {
    explicit counter(std::promise<int>& x) : ended(x) {}
    ~counter() { ended.set_value(requests); }

    std::promise<int>& ended;
    int requests = 0;
  };

  scratch_folder folder;
  std::string path = folder.file("control");
  std::promise<int> ended;
  control_server server{path, [this]() -> control_server::session {
                          return [state = std::make_shared<counter>(ended)](const json& request) -> json {
                            if (request.contains("throw"))
                              throw std::runtime_error("as asked");
                            if (request.contains("refuse"))
                              return control_error(403, "not here");
                            return {{"ok", ++state->requests}};
                          };
                        }};
};

} // namespace

TEST_CASE("control: each request is answered, and what a connection has left behind ends with it") {
  counting_server test;
  {
    control_client client{test.path};
    CHECK(client.ask({{"do", "count"}}) == 1);
    CHECK(client.ask({{"text", std::string(60'000, 'x')}}) == 2);
  }
  CHECK(test.ended.get_future().get() == 2);
}

TEST_CASE("control: a refusal and a failure have a status and a text") {
  counting_server test;
  control_client client{test.path};
  CHECK_THROWS_WITH_AS(client.ask({{"refuse", 1}}), "not here", refused_by_node);
  CHECK_THROWS_WITH_AS(client.ask({{"throw", 1}}), "as asked", refused_by_node);
  CHECK_THROWS_AS(client.ask(json::array()), refused_by_node);
  CHECK(client.ask({{"do", "count"}}) == 1);
}

TEST_CASE("control: a request that is too large ends its connection") {
  counting_server test;
  control_client client{test.path};
  CHECK_THROWS_AS(client.ask({{"text", std::string(control_server::max_request_bytes * 4, 'x')}}), std::runtime_error);
  CHECK(test.ended.get_future().get() == 0);
}

TEST_CASE("control: only the user of the program can connect, and the socket disappears with it") {
  struct stat state {};
  std::string path;
  {
    counting_server test;
    path = test.path;
    REQUIRE(::stat(path.c_str(), &state) == 0);
    CHECK((state.st_mode & 0777U) == 0600);
  }
  CHECK(::stat(path.c_str(), &state) != 0);
  CHECK_THROWS_WITH_AS(control_client{path}, doctest::Contains("no node listens there; start it with --control"),
                       std::runtime_error);
}
