#include "transport/program/command_line.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/support/scratch_folder.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

/// A program that is started with arguments and perhaps a configuration file.
struct demo_program {
  explicit demo_program(std::vector<option> own = {})
    : what{.name = "bennu-demo",
           .about = "A demonstration.",
           .examples = "  bennu-demo --port 0",
           .options = std::move(own)} {}

  program what;
  settings options{what};
  command_line line{what, options};
  scratch_folder folder;
  std::string file = folder.file("demo.toml");
  std::ostringstream out;
  std::ostringstream err;

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

TEST_CASE("command line: without arguments a program listens on the loopback address, port 4000") {
  demo_program demo;
  CHECK_FALSE(demo.start({}));
  CHECK(demo.options.bind == "127.0.0.1");
  CHECK(demo.options.port == 4000);
  CHECK(demo.options.threads == 0);
  CHECK_FALSE(demo.options.dev);
}

TEST_CASE("command line: arguments in any order and both notations are read") {
  demo_program demo;
  CHECK_FALSE(demo.start({"--dev", "--threads", "2", "--port=0", "--log-level", "debug"}));
  CHECK(demo.options.port == 0);
  CHECK(demo.options.threads == 2);
  CHECK(demo.options.log_level == "debug");
  CHECK(demo.options.dev);
}

TEST_CASE("command line: without --node a program is in no cluster") {
  demo_program demo;
  CHECK_FALSE(demo.start({}));
  CHECK_FALSE(cluster_of(demo.options, demo.what));
}

TEST_CASE("command line: a cluster needs a name, and certificates or a loopback address") {
  CHECK(demo_program{}.start({"--peer", "127.0.0.1:4444"}) == exit_code::wrong_usage);
  CHECK(demo_program{}.start({"--node", "a"}) == exit_code::wrong_usage);
  demo_program everywhere;
  CHECK(everywhere.start({"--node", "a", "--cluster-insecure", "--cluster-listen", "0.0.0.0:1"})
        == exit_code::wrong_usage);
  CHECK(everywhere.said("loopback"));
  demo_program demo;
  CHECK_FALSE(demo.start({"--node", "a", "--cluster-insecure", "--peer", "127.0.0.1:1", "--peer", "[::1]:2"}));
  const auto cluster = cluster_of(demo.options, demo.what);
  REQUIRE(cluster);
  CHECK(cluster->peers == std::vector<std::string>{"127.0.0.1:1", "[::1]:2"});
  CHECK(demo_program{}.start({"--node", "a b", "--cluster-insecure"}) == exit_code::wrong_usage);
  CHECK(demo_program{}.start({"--node", "a", "--cluster-insecure", "--peer", "nowhere"}) == exit_code::wrong_usage);
}

TEST_CASE("command line: --help goes to standard output, shows the examples and ends well") {
  demo_program demo;
  CHECK(demo.start({"--help"}) == exit_code::success);
  CHECK(demo.out.str().find("A demonstration.") != std::string::npos);
  CHECK(demo.out.str().find("bennu-demo --port 0") != std::string::npos);
  CHECK(demo.err.str().empty());
}

TEST_CASE("command line: a wrong value is refused, and the error names the option and what is allowed") {
  demo_program port;
  CHECK(port.start({"--port", "seventy"}) == exit_code::wrong_usage);
  CHECK(port.said("--port"));
  demo_program big_port;
  CHECK(big_port.start({"--port", "70000"}) == exit_code::wrong_usage);
  demo_program level;
  CHECK(level.start({"--log-level", "loud"}) == exit_code::wrong_usage);
  CHECK(level.said("critical"));
  demo_program bind;
  CHECK(bind.start({"--bind", "no such place"}) == exit_code::wrong_usage);
  CHECK(bind.said("--bind"));
  demo_program unknown;
  CHECK(unknown.start({"--prot", "1"}) == exit_code::wrong_usage);
  CHECK(unknown.said("--prot"));
}

TEST_CASE("command line: the configuration file sets what the command line does not") {
  demo_program demo;
  CHECK_FALSE(demo.start_with_file("port = 4711\nbind = \"0.0.0.0\"\ndev = true\n", {"--port", "4712"}));
  CHECK(demo.options.port == 4712);
  CHECK(demo.options.bind == "0.0.0.0");
  CHECK(demo.options.dev);
}

TEST_CASE("command line: an unknown key is refused with file, line and the allowed keys") {
  demo_program demo;
  CHECK(demo.start_with_file("# ours\nport = 1\nprot = 2\n") == exit_code::wrong_usage);
  CHECK(demo.said(demo.file + ":3: there is no option 'prot'"));
  CHECK(demo.said("a file may set: port, bind, "));
}

TEST_CASE("command line: a key inside a section is unknown, even when its name is known outside") {
  demo_program demo;
  CHECK(demo.start_with_file("[server]\nport = 1\n") == exit_code::wrong_usage);
  CHECK(demo.said("server.port"));
}

TEST_CASE("command line: a line that sets nothing is refused") {
  demo_program demo;
  CHECK(demo.start_with_file("port = 1\nwhat is this\n") == exit_code::wrong_usage);
  CHECK(demo.said(demo.file + ":2"));
}

TEST_CASE("command line: a wrong value in the file is refused with file and line") {
  demo_program number;
  CHECK(number.start_with_file("bind = \"127.0.0.1\"\nport = \"many\"\n") == exit_code::wrong_usage);
  CHECK(number.said(number.file + ":2: "));
  CHECK(number.said("--port"));
  demo_program flag;
  CHECK(flag.start_with_file("dev = perhaps\n") == exit_code::wrong_usage);
  CHECK(flag.said("dev"));
}

TEST_CASE("command line: a missing configuration file is refused by its name") {
  demo_program demo;
  CHECK(demo.start({"--config", "/nowhere/bennu.toml"}) == exit_code::wrong_usage);
  CHECK(demo.said("/nowhere/bennu.toml"));
}

TEST_CASE("command line: a program's own options are read from both places as well") {
  std::string database = "demo.db";
  unsigned hours = 24;
  double ratio = 0.5;
  bool is_loud = false, is_odd = false;
  std::vector<std::string> hosts = {"localhost"};
  demo_program demo{{{"--database", database, "where rows live"},
                     {"--hours", hours, "how long"},
                     {"--ratio", ratio, "how much"},
                     {"--host", hosts, "whom to ask"},
                     {"--loud", is_loud, "says more"},
                     {"--odd", is_odd, "is odd"}}};
  CHECK_FALSE(demo.start_with_file("database = \"chat.db\"\nhours = 1\nloud = true\nodd = false\n",
                                   {"--hours", "2", "--host", "a", "--host", "b", "--ratio", "0.25"}));
  CHECK(database == "chat.db");
  CHECK(hours == 2);
  CHECK(ratio == 0.25);
  CHECK(hosts == std::vector<std::string>{"a", "b"});
  CHECK(is_loud);
  CHECK_FALSE(is_odd);
}

TEST_CASE("command line: --help shows a program's own options with their defaults") {
  std::string database = "demo.db";
  demo_program demo{{{"--database", database, "where rows live"}}};
  CHECK(demo.start({"--help"}) == exit_code::success);
  CHECK(demo.out.str().find("where rows live") != std::string::npos);
  CHECK(demo.out.str().find("=demo.db") != std::string::npos);
}

TEST_CASE("command line: a wrong value of a program's own option is refused, and the error names what is allowed") {
  unsigned hours = 24;
  std::string mode = "fast";
  const auto start = [&](std::vector<std::string> arguments) {
    demo_program demo{
      {option{"--hours", hours, "how long"}.between(1, 8760), option{"--mode", mode, "how"}.one_of({"fast", "safe"})}};
    CHECK(demo.start(std::move(arguments)) == exit_code::wrong_usage);
    return demo.err.str();
  };
  CHECK(start({"--hours", "0"}).find("--hours: 0 is not a number between 1 and 8760") != std::string::npos);
  CHECK(start({"--hours", "-1"}).find("--hours") != std::string::npos);
  CHECK(start({"--hours", "1.5"}).find("between 1 and 8760") != std::string::npos);
  CHECK(start({"--mode", "slow"}).find("slow is none of: fast safe") != std::string::npos);
  CHECK(hours == 24);
  CHECK(mode == "fast");
}

TEST_CASE("command line: a program's own option cannot have the name of another one") {
  std::string text;
  CHECK_THROWS_WITH_AS(demo_program({{"--port", text, "mine"}}), doctest::Contains("port is already added"),
                       std::invalid_argument);
  CHECK_THROWS_AS(demo_program({{"no dashes at all", text, "mine"}}), std::invalid_argument);
}

TEST_CASE("command line: a program's own defaults apply unless something else is given") {
  program what{.name = "bennu-demo", .secret_file = "demo.secret"};
  what.defaults.web.port = 4700;
  what.defaults.web.drain_timeout = std::chrono::seconds{3};
  what.defaults.presence.window = std::chrono::milliseconds{7};
  settings options{what};
  std::ostringstream out, err;
  CHECK_FALSE((command_line{what, options}.parse({"bennu-demo", "--threads", "3"}, out, err)));
  CHECK(options.secret_file == "demo.secret");
  const auto made = application_of(options, what, "a secret");
  CHECK(made.name == "bennu-demo");
  CHECK(made.threads == 3);
  CHECK(made.web.port == 4700);
  CHECK(made.web.drain_timeout == std::chrono::seconds{3});
  CHECK(made.web.secret == "web a secret");
  CHECK(made.presence.window == what.defaults.presence.window);
}

TEST_CASE("command line: --tree is text unless it says json, and refuses anything else") {
  demo_program plain;
  CHECK_FALSE(plain.start({"--tree", "--dev"}));
  CHECK(plain.options.tree == "text");
  for (auto arguments : {std::vector<std::string>{"--tree", "json"}, std::vector<std::string>{"--tree=json"}}) {
    demo_program demo;
    CHECK_FALSE(demo.start(arguments));
    CHECK(demo.options.tree == "json");
  }
  demo_program wrong;
  CHECK(wrong.start({"--tree", "xml"}) == exit_code::wrong_usage);
}

TEST_CASE("command line: --fault may be given several times, only in dev mode") {
  demo_program demo;
  CHECK_FALSE(demo.start({"--fault", "crash label=room* times=1", "--dev", "--fault", "drop event=wake"}));
  CHECK(demo.options.faults == std::vector<std::string>{"crash label=room* times=1", "drop event=wake"});
  demo_program careless;
  CHECK(careless.start({"--fault", "drop"}) == exit_code::wrong_usage);
  CHECK(careless.said("--dev"));
}

TEST_CASE("command line: a malformed --fault is refused, and the error names what is allowed") {
  demo_program demo;
  CHECK(demo.start({"--dev", "--fault", "explode"}) == exit_code::wrong_usage);
  CHECK(demo.said("crash, delay, drop, refuse or full_disk"));
}

TEST_CASE("command line: the limits of an operator reach the options of the application, and are those of the library "
          "without it") {
  demo_program demo;
  CHECK_FALSE(demo.start({"--max-connections-per-address",
                          "7",
                          "--shared-address",
                          "192.0.2.0/24",
                          "--shared-address",
                          "unix",
                          "--max-buffered-mib",
                          "64",
                          "--max-buffered-mib-per-address",
                          "8",
                          "--max-unread-mib",
                          "50",
                          "--max-unread-mib-per-address",
                          "5",
                          "--max-joins",
                          "9000",
                          "--keep-alive-seconds",
                          "20",
                          "--proxy-protocol-from",
                          "10.0.0.5"}));
  const auto chosen = application_of(demo.options, demo.what, {});
  CHECK(chosen.web.max_connections_per_address == 7);
  CHECK(chosen.web.shared_addresses == std::vector<std::string>{"192.0.2.0/24", "unix"});
  CHECK(chosen.web.max_buffered_bytes == 64U << 20);
  CHECK(chosen.web.max_buffered_bytes_per_address == 8U << 20);
  CHECK(chosen.web.max_unread_bytes == 50U << 20);
  CHECK(chosen.web.max_unread_bytes_per_address == 5U << 20);
  CHECK(chosen.web.keep_alive_timeout == std::chrono::seconds{20});
  CHECK(chosen.web.proxy_protocol_from == std::vector<std::string>{"10.0.0.5"});
  CHECK(chosen.joins.max_joins == 9000);
  demo_program plain;
  CHECK_FALSE(plain.start({}));
  const auto usual = application_of(plain.options, plain.what, {});
  CHECK(usual.web.max_connections_per_address == server_options{}.max_connections_per_address);
  CHECK(usual.web.shared_addresses == server_options{}.shared_addresses);
  CHECK(usual.web.max_buffered_bytes == server_options{}.max_buffered_bytes);
  CHECK(usual.web.max_unread_bytes == server_options{}.max_unread_bytes);
  CHECK(usual.web.max_unread_bytes_per_address == server_options{}.max_unread_bytes_per_address);
  CHECK(usual.web.keep_alive_timeout == server_options{}.keep_alive_timeout);
  CHECK(usual.joins.max_joins == join_limits{}.max_joins);
}

TEST_CASE("command line: a range that is none is refused with the option") {
  for (const auto* name : {"--trust-proxy", "--proxy-protocol-from", "--shared-address", "--metrics-from"}) {
    demo_program demo;
    CHECK(demo.start({name, "10.0.0.0/33"}) == exit_code::wrong_usage);
    CHECK(demo.said(name));
    CHECK(demo.said("an address or a range such as 10.0.0.0/8, not \"10.0.0.0/33\""));
  }
}

TEST_CASE("command line: --allow-origin names whose pages may connect; what could never match is refused") {
  demo_program demo;
  CHECK_FALSE(demo.start({"--allow-origin", "self", "--allow-origin", "https://app.test"}));
  const auto chosen = application_of(demo.options, demo.what, {});
  CHECK(chosen.web.allowed_origins == std::vector<std::string>{"self", "https://app.test"});
  demo_program plain;
  CHECK_FALSE(plain.start({}));
  CHECK(application_of(plain.options, plain.what, {}).web.allowed_origins.empty());
  for (const auto* bad : {"null", "ws://app.test", "https://"}) {
    demo_program wrong;
    CHECK(wrong.start({"--allow-origin", bad}) == exit_code::wrong_usage);
    CHECK(wrong.said("--allow-origin"));
  }
}

TEST_CASE("command line: keys of the publish API come from options, a configuration file, a variable or a file") {
  demo_program demo;
  CHECK_FALSE(demo.start({}));
  CHECK_FALSE(publish_api_of(demo.options));
  demo_program options;
  CHECK_FALSE(options.start({"--api-key", "one", "--api-key", "two log:* room:1"}));
  const auto api = publish_api_of(options.options);
  REQUIRE(api->keys.size() == 2);
  CHECK(api->keys[1].secret == "two");
  CHECK(api->keys[1].topics == std::vector<std::string>{"log:*", "room:1"});
  CHECK(options.options.config_with_keys.empty());
  demo_program config;
  CHECK_FALSE(config.start_with_file("api-key = [\"one\", \"two log:*\"]\n"));
  CHECK(publish_api_of(config.options)->keys.size() == 2);
  CHECK(config.options.config_with_keys == config.file); // a warning follows when everybody can read it
  ::setenv("BENNU_API_KEY", "of-the-variable room:*", 1);
  demo_program variable;
  CHECK_FALSE(variable.start({}));
  CHECK(publish_api_of(variable.options)->keys.at(0).secret == "of-the-variable");
  demo_program both;
  CHECK_FALSE(both.start({"--api-key", "of-the-option"}));
  CHECK(publish_api_of(both.options)->keys.at(0).secret == "of-the-option");
  ::unsetenv("BENNU_API_KEY");
}

TEST_CASE("command line: a file of keys has one a line, and is refused when everybody can read it, or without a key") {
  demo_program demo;
  const auto file = demo.folder.file("keys");
  std::ofstream{file} << "# billing\nfirst orders:*\r\n\n  second\n";
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  CHECK_FALSE(demo.start({"--api-key-file", file, "--api-key", "third"}));
  const auto api = publish_api_of(demo.options);
  REQUIRE(api->keys.size() == 3);
  CHECK(api->keys[1].secret == "first");
  CHECK(api->keys[1].topics == std::vector<std::string>{"orders:*"});
  CHECK(api->keys[2].secret == "second");
  demo_program open;
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  CHECK(open.start({"--api-key-file", file}) == exit_code::wrong_usage);
  CHECK(open.said("chmod o-rwx " + file));
  demo_program empty;
  const auto nothing = empty.folder.file("nothing");
  std::ofstream{nothing} << "# none\n";
  REQUIRE(::chmod(nothing.c_str(), 0600) == 0);
  CHECK(empty.start({"--api-key-file", nothing}) == exit_code::wrong_usage);
  CHECK(empty.said("the publish API needs a key"));
  demo_program missing;
  CHECK(missing.start({"--api-key-file", missing.folder.file("no such file")}) == exit_code::wrong_usage);
}

TEST_CASE("command line: a malformed key of the publish API is refused without its secret in the error") {
  for (const auto* wrong : {"", "secret room:*:x", "s\xC3\xA4", "same room:* *x"}) {
    demo_program demo;
    CHECK(demo.start({"--api-key", wrong}) == exit_code::wrong_usage);
    CHECK(demo.said("--api-key"));
  }
  demo_program twice;
  CHECK(twice.start({"--api-key", "t0ps3cret", "--api-key", "t0ps3cret log:*"}) == exit_code::wrong_usage);
  CHECK_FALSE(twice.said("t0ps3cret"));
}
