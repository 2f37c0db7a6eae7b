#include "apps/support/app_options.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

using namespace bennu;

namespace {

/// A program that is started with arguments and perhaps a configuration file.
struct program {
  app_options options;
  command_line line{"bennu-demo", "A demonstration.", "  bennu-demo --port 0", options};
  std::string file = "/tmp/bennu-options-" + std::to_string(::getpid()) + ".toml";
  std::ostringstream out;
  std::ostringstream err;

  ~program() { std::remove(file.c_str()); }

  std::optional<exit_code> start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "bennu-demo");
    return line.parse(arguments, out, err);
  }

  std::optional<exit_code> start_with_file(const std::string& text, std::vector<std::string> arguments = {}) {
    std::ofstream{file} << text;
    arguments.insert(arguments.end(), {"--config", file});
    return start(std::move(arguments));
  }

  bool said(std::string_view text) const { return err.str().find(text) != std::string::npos; }
};

} // namespace

TEST_CASE("app_options: without arguments a program listens on the loopback address, port 4000") {
  program demo;
  CHECK_FALSE(demo.start({}));
  CHECK(demo.options.bind == "127.0.0.1");
  CHECK(demo.options.port == 4000);
  CHECK(demo.options.threads == 0);
  CHECK_FALSE(demo.options.dev);
}

TEST_CASE("app_options: arguments in any order and both notations are read") {
  program demo;
  CHECK_FALSE(demo.start({"--dev", "--threads", "2", "--port=0", "--log-level", "debug"}));
  CHECK(demo.options.port == 0);
  CHECK(demo.options.threads == 2);
  CHECK(demo.options.log_level == "debug");
  CHECK(demo.options.dev);
}

TEST_CASE("app_options: without --node a program is a node by itself") {
  program demo;
  CHECK_FALSE(demo.start({}));
  CHECK_FALSE(cluster_of(demo.options, "demo"));
}

TEST_CASE("app_options: a cluster needs a name, and certificates or a loopback address") {
  CHECK(program{}.start({"--peer", "127.0.0.1:4444"}) == exit_code::wrong_usage);
  CHECK(program{}.start({"--node", "a"}) == exit_code::wrong_usage);
  program everywhere;
  CHECK(everywhere.start({"--node", "a", "--cluster-insecure", "--cluster-listen", "0.0.0.0:1"})
        == exit_code::wrong_usage);
  CHECK(everywhere.said("loopback"));
  program demo;
  CHECK_FALSE(demo.start({"--node", "a", "--cluster-insecure", "--peer", "127.0.0.1:1", "--peer", "[::1]:2"}));
  const auto cluster = cluster_of(demo.options, "demo");
  REQUIRE(cluster);
  CHECK(cluster->peers == std::vector<std::string>{"127.0.0.1:1", "[::1]:2"});
  CHECK(program{}.start({"--node", "a b", "--cluster-insecure"}) == exit_code::wrong_usage);
  CHECK(program{}.start({"--node", "a", "--cluster-insecure", "--peer", "nowhere"}) == exit_code::wrong_usage);
}

TEST_CASE("app_options: --help goes to standard output, shows the examples and ends well") {
  program demo;
  CHECK(demo.start({"--help"}) == exit_code::success);
  CHECK(demo.out.str().find("A demonstration.") != std::string::npos);
  CHECK(demo.out.str().find("bennu-demo --port 0") != std::string::npos);
  CHECK(demo.err.str().empty());
}

TEST_CASE("app_options: a wrong value is refused with the option and what is allowed") {
  program port;
  CHECK(port.start({"--port", "seventy"}) == exit_code::wrong_usage);
  CHECK(port.said("--port"));
  program big_port;
  CHECK(big_port.start({"--port", "70000"}) == exit_code::wrong_usage);
  program level;
  CHECK(level.start({"--log-level", "loud"}) == exit_code::wrong_usage);
  CHECK(level.said("critical"));
  program bind;
  CHECK(bind.start({"--bind", "no such place"}) == exit_code::wrong_usage);
  CHECK(bind.said("--bind"));
  program unknown;
  CHECK(unknown.start({"--prot", "1"}) == exit_code::wrong_usage);
  CHECK(unknown.said("--prot"));
}

TEST_CASE("app_options: the configuration file sets what the command line does not") {
  program demo;
  CHECK_FALSE(demo.start_with_file("port = 4711\nbind = \"0.0.0.0\"\ndev = true\n", {"--port", "4712"}));
  CHECK(demo.options.port == 4712);
  CHECK(demo.options.bind == "0.0.0.0");
  CHECK(demo.options.dev);
}

TEST_CASE("app_options: an unknown key is refused with file, line and the allowed keys") {
  program demo;
  CHECK(demo.start_with_file("# ours\nport = 1\nprot = 2\n") == exit_code::wrong_usage);
  CHECK(demo.said(demo.file + ":3: there is no option 'prot'"));
  CHECK(demo.said("a file may set: port, bind, "));
}

TEST_CASE("app_options: a key inside a section is unknown, even when its name is known outside") {
  program demo;
  CHECK(demo.start_with_file("[server]\nport = 1\n") == exit_code::wrong_usage);
  CHECK(demo.said("server.port"));
}

TEST_CASE("app_options: a line that sets nothing is refused") {
  program demo;
  CHECK(demo.start_with_file("port = 1\nwhat is this\n") == exit_code::wrong_usage);
  CHECK(demo.said(demo.file + ":2"));
}

TEST_CASE("app_options: a wrong value in the file is refused with file and line") {
  program number;
  CHECK(number.start_with_file("bind = \"127.0.0.1\"\nport = \"many\"\n") == exit_code::wrong_usage);
  CHECK(number.said(number.file + ":2: "));
  CHECK(number.said("--port"));
  program flag;
  CHECK(flag.start_with_file("dev = perhaps\n") == exit_code::wrong_usage);
  CHECK(flag.said("dev"));
}

TEST_CASE("app_options: a missing configuration file is refused by its name") {
  program demo;
  CHECK(demo.start({"--config", "/nowhere/bennu.toml"}) == exit_code::wrong_usage);
  CHECK(demo.said("/nowhere/bennu.toml"));
}

TEST_CASE("app_options: a program's own options are read from both places as well") {
  program demo;
  std::string database;
  demo.line.cli().add_option("--database", database, "where rows live");
  CHECK_FALSE(demo.start_with_file("database = \"chat.db\"\n"));
  CHECK(database == "chat.db");
}

TEST_CASE("app_options: --tree is text unless it says json, and refuses anything else") {
  program plain;
  CHECK_FALSE(plain.start({"--tree", "--dev"}));
  CHECK(plain.options.tree == "text");
  for (auto arguments : {std::vector<std::string>{"--tree", "json"}, std::vector<std::string>{"--tree=json"}}) {
    program demo;
    CHECK_FALSE(demo.start(arguments));
    CHECK(demo.options.tree == "json");
  }
  program wrong;
  CHECK(wrong.start({"--tree", "xml"}) == exit_code::wrong_usage);
}

TEST_CASE("app_options: --fault may be given several times, in dev mode alone") {
  program demo;
  CHECK_FALSE(demo.start({"--fault", "crash label=room* times=1", "--dev", "--fault", "drop event=wake"}));
  CHECK(demo.options.faults == std::vector<std::string>{"crash label=room* times=1", "drop event=wake"});
  program careless;
  CHECK(careless.start({"--fault", "drop"}) == exit_code::wrong_usage);
  CHECK(careless.said("--dev"));
}

TEST_CASE("app_options: a --fault that is none is refused with what is allowed") {
  program demo;
  CHECK(demo.start({"--dev", "--fault", "explode"}) == exit_code::wrong_usage);
  CHECK(demo.said("crash, delay, drop or refuse"));
}
