#include <cstring>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "apps/node/control_client.hpp"
#include "tests/support/scratch_folder.hpp"
#include "transport/program/control_server.hpp"

using namespace bennu::engine;
using namespace bennu::node_program;
using bennu::test::scratch_folder;
using nlohmann::json;

namespace {

// Far more than the kernel keeps for a reader.
constexpr size_t large = 8 << 20;

/// A tool that writes and reads what it likes.
struct raw_tool {
  explicit raw_tool(const std::string& path) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::memcpy(where.sun_path, path.data(), path.size());
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
  }
  ~raw_tool() { ::close(fd); }
  raw_tool(const raw_tool&) = delete;
  raw_tool& operator=(const raw_tool&) = delete;

  void say(const std::string& line) const {
    const auto text = line + "\n";
    REQUIRE(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }

  /// So many bytes, or less when the connection ends before.
  std::string read(size_t size) const {
    std::string result(size, '\0');
    size_t done = 0;
    for (ssize_t more = 1; done < size && more > 0; done += more > 0 ? static_cast<size_t>(more) : 0)
      more = ::recv(fd, result.data() + done, size - done, 0);
    result.resize(done);
    return result;
  }

  std::string ask(const std::string& line) const {
    say(line);
    std::string result;
    while (!result.ends_with('\n')) {
      const auto next = read(1);
      REQUIRE(next.size() == 1);
      result += next;
    }
    return result;
  }

  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

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
                            if (request.contains("large"))
                              return {{"ok", std::string(large, 'x')}};
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

TEST_CASE("control: the socket is private whatever the umask is, which stays as it was") {
  const auto before = ::umask(0);
  {
    counting_server test;
    struct stat state {};
    REQUIRE(::stat(test.path.c_str(), &state) == 0);
    CHECK((state.st_mode & 0777U) == 0600);
  }
  CHECK(::umask(before) == 0);
}

TEST_CASE("control: a program that ends leaves the socket of its successor at the same path alone") {
  const scratch_folder folder;
  const auto path = folder.file("control");
  const auto answering = [](const char* name) {
    return [name]() -> control_server::session { return [name](const json&) { return json{{"ok", name}}; }; };
  };
  auto first = std::make_unique<control_server>(path, answering("first"));
  std::filesystem::remove(path);
  const control_server second{path, answering("second")};
  first.reset();
  CHECK(control_client{path}.ask({{"do", "who"}}) == "second");
}

TEST_CASE("control: a request that is nested deeply is refused, and its connection stays") {
  counting_server test;
  raw_tool tool{test.path};
  for (const auto& line :
       {R"({"label": )" + std::string(30'000, '[') + std::string(30'000, ']') + "}", std::string(60'000, '['),
        R"({"label": )" + std::string(17, '[') + std::string(17, ']') + "}"})
    CHECK(tool.ask(line).find("nested at most 16 deep") != std::string::npos);
  CHECK(tool.ask(R"({"label": [[{"x": "[[[[[[[[[[[[[[[[[[[["}]]})") == "{\"ok\":1}\n");
}

TEST_CASE("control: a large answer arrives, and a program ends while a tool does not read it") {
  auto test = std::make_unique<counting_server>();
  const raw_tool tool{test->path};
  const auto whole = std::string{R"({"ok":""})"}.size() + large + 1;
  tool.say(R"({"large": 1})");
  CHECK(tool.read(whole).back() == '\n');
  tool.say(R"({"large": 1})");
  CHECK(tool.read(1) == "{"); // the program is sending
  test.reset();
  CHECK(tool.read(whole).size() < whole - 1);
}

TEST_CASE("control: a tool for which the program has no descriptor is served when there is one again") {
  counting_server test;
  const int next = ::open("/", O_RDONLY);
  REQUIRE(next >= 0);
  ::close(next);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit one_more{static_cast<rlim_t>(next) + 1, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &one_more) == 0);
  {
    const raw_tool tool{test.path};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(tool.ask(R"({"do": "count"})") == "{\"ok\":1}\n");
  }
}
