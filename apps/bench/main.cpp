#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>

#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include "apps/bench/baseline_server.hpp"
#include "apps/bench/benchmarks.hpp"
#include "apps/bench/compare.hpp"
#include "apps/bench/report.hpp"
#include "apps/bench/restarts.hpp"
#include "apps/bench/server_process.hpp"

namespace bennu::bench {

namespace {

const std::vector<benchmark> benchmarks = {
  {"hold", "memory per idle connection with one joined channel", &hold, true},
  {"fanout", "one message to many subscribers of one topic", &fanout, true},
  {"echo", "round trips through a channel", &echo, true},
  {"crash", "channels crashed one after another while others talk", &crash, false},
  {"repair", "channels crashed and restarted in place while all are busy", &repair, false},
  {"siege", "healthy clients' latency while hostile ones try to harm the server", &siege, false},
};

constexpr const char* manual = R"(
Drives any server that speaks Phoenix Channels (serializer v2) and implements the
probe contract at ws://127.0.0.1:PORT/socket/websocket, and measures what the SERVER
pays: its CPU time and memory, read from /proc. The client's own load is printed too:
near 100 % the client was the bottleneck, and rates and latencies say little.

Every message is numbered: one that is lost, doubled or out of order ends the run
with an error, so a figure is only printed for a server that delivered everything.

Examples
  bennu-bench fanout --server 'build/release/apps/probe/bennu-probe --port 0'
  bennu-bench hold --connections 15000 --port 4000 --pid 1234
  bennu-bench compare --server 'bennu-probe --port 0' --only fanout,echo --rounds 5

How not to fool yourself: run `compare`, which measures a plain epoll `send()` loop on
the same machine in turn; leave the machine alone meanwhile; believe ratios more than
figures, and medians of several rounds more than one.)";

/// What the command line says beside the options of the benchmarks.
struct command {
  target server;
  std::string server_command;
  std::string baseline_command;
  std::vector<std::string> only = {"hold", "fanout", "echo"};
  size_t rounds = 3;
  std::string commit = "unknown";
  options how;
};

void add_workload(CLI::App& app, command& into) {
  auto& how = into.how;
  const auto positive = CLI::Range(size_t{1}, size_t{10'000'000});
  app.add_option("--connections", how.connections, "hold: connections")->capture_default_str()->check(positive);
  app.add_option("--subscribers", how.subscribers, "fanout: subscribers")->capture_default_str()->check(positive);
  app.add_option("--publishers", how.publishers, "fanout: how many of them publish")
    ->capture_default_str()
    ->check(positive);
  app.add_option("--clients", how.clients, "echo, crash, repair, siege: clients")
    ->capture_default_str()
    ->check(positive);
  app.add_option("--window", how.windows, "publishes or pings under way at once, e.g. 1,4,8")
    ->delimiter(',')
    ->capture_default_str()
    ->check(CLI::Range(size_t{1}, size_t{1024}));
  app.add_option("--payload", how.payload_bytes, "bytes of text in a message")
    ->capture_default_str()
    ->check(CLI::Range(size_t{0}, size_t{1} << 20));
  app.add_option("--duration", how.duration, "time measured per window, e.g. 3s")
    ->transform(CLI::AsNumberWithUnit(std::map<std::string, int64_t>{{"ms", 1}, {"s", 1000}}))
    ->default_str("3s");
  app.add_option("--crashes", how.crashes, "crash, repair: channels to crash")->capture_default_str()->check(positive);
  app.add_option("--rate", how.rate, "repair: pings a second, over all clients")
    ->capture_default_str()
    ->check(positive);
  app.add_option("--siege-rate", how.siege_rate, "siege: pings a second, over all healthy clients")
    ->capture_default_str()
    ->check(positive);
  app.add_option("--members", how.members, "presence: members, half on each node")
    ->capture_default_str()
    ->check(positive);
  app.add_option("--besiegers", how.besiegers, "siege: hostile clients of each kind")
    ->capture_default_str()
    ->check(positive);
  app.add_option("--commit", into.commit, "what was measured, e.g. \"$(git describe --always --dirty)\"")
    ->capture_default_str();
}

CLI::App* add_restarts(CLI::App& app, restart_options& how, command& from) {
  auto* sub = app.add_subcommand("restarts", "supervisors alone, beside Erlang's (Debian: erlang-base), in turn");
  sub->add_option("--restarts", how.restarts, "crashes")->capture_default_str()->check(CLI::Range(10, 100'000'000));
  sub->add_option("--children", how.children, "children of the pool")
    ->capture_default_str()
    ->check(CLI::Range(1, 1'000'000));
  sub->add_option("--erlang", how.erlang, "runs the other half")->capture_default_str();
  sub->add_option("--rounds", from.rounds, "how often each is run")->capture_default_str()->check(CLI::Range(1, 100));
  sub->add_option("--commit", from.commit, "what was measured")->capture_default_str();
  return sub;
}

void run_one(const benchmark& what, const command& from) {
  std::unique_ptr<server_process> own;
  auto server = from.server;
  if (!from.server_command.empty()) {
    own = std::make_unique<server_process>(from.server_command);
    server = own->address();
  }
  if (server.port == 0)
    throw std::runtime_error("which server? give --port (and --pid), or --server COMMAND");
  print(what.run(server, from.how));
}

void run_comparison(const command& from) {
  std::vector<benchmark> chosen;
  for (const auto& x : benchmarks)
    if (std::find(from.only.begin(), from.only.end(), x.name) != from.only.end())
      chosen.push_back(x);
  print(compare(chosen, from.server_command, from.baseline_command, from.rounds, from.how));
}

void run_presence(const command& from, const std::string& second_command) {
  const server_process first{from.server_command};
  const server_process second{second_command};
  print(presence(first.address(), second.address(), from.how));
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const auto& x : benchmarks)
    result.emplace_back(x.name);
  return result;
}

void check(const options& how) {
  if (how.publishers > how.subscribers)
    throw std::runtime_error("--publishers are some of the --subscribers: there cannot be more of them");
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max; // servers that we start inherit it
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (std::max({how.connections, how.subscribers, how.clients}) + 100 > files.rlim_max)
    throw std::runtime_error("this machine allows a process " + std::to_string(files.rlim_max)
                             + " open files (ulimit -Hn): too few for so many connections");
}

int run(int count, char** arguments) {
  CLI::App app{"bennu-bench: what does a Phoenix Channels server cost?"};
  app.footer(manual);
  app.set_config("--config", "", "read options from this file (INI or TOML)");
  app.require_subcommand(1);
  command from;
  from.baseline_command = "'" + std::string{arguments[0]} + "' baseline-server --port 0";
  std::string line;
  for (int i = 0; i < count; ++i)
    line.append(i == 0 ? "" : " ").append(arguments[i]);

  for (const auto& x : benchmarks) {
    auto* sub = app.add_subcommand(x.name, x.what);
    sub->add_option("--port", from.server.port, "port of a running server on 127.0.0.1");
    sub->add_option("--pid", from.server.pid, "its process, for CPU and memory");
    sub->add_option("--server", from.server_command, "start this command and measure it; it must print `ready PORT`");
    add_workload(*sub, from);
  }
  auto* comparing = app.add_subcommand("compare", "the benchmarks against a server and a plain epoll loop, in turn");
  comparing->add_option("--server", from.server_command, "starts the server; it must print `ready PORT`")->required();
  comparing->add_option("--baseline", from.baseline_command, "starts the other server (default: baseline-server)");
  comparing->add_option("--only", from.only, "which benchmarks")
    ->delimiter(',')
    ->capture_default_str()
    ->check(CLI::IsMember(names()));
  comparing->add_option("--rounds", from.rounds, "how often each is run")
    ->capture_default_str()
    ->check(CLI::Range(1, 100));
  add_workload(*comparing, from);
  std::string second_command;
  auto* meeting = app.add_subcommand("presence", "members of one topic on two nodes of a cluster");
  meeting->add_option("--server", from.server_command, "starts the first node; it must print `ready PORT`")->required();
  meeting->add_option("--second", second_command, "starts the second node, which the benchmark kills")->required();
  add_workload(*meeting, from);
  restart_options restarts;
  restarts.erlang = "escript " BENNU_BENCH_SOURCES "/restarts.escript";
  auto* restarting = add_restarts(app, restarts, from);
  uint16_t port = 0;
  auto* baseline = app.add_subcommand("baseline-server", "a plain epoll loop with one send() per delivery");
  baseline->add_option("--port", port, "0: any free one")->capture_default_str();

  CLI11_PARSE(app, count, arguments);
  check(from.how);
  if (baseline->parsed()) {
    run_baseline_server(port);
    return 0;
  }
  print_origin(line, from.commit);
  if (restarting->parsed())
    print(compare_restarts(restarts, from.rounds));
  if (comparing->parsed())
    run_comparison(from);
  if (meeting->parsed())
    run_presence(from, second_command);
  for (const auto& x : benchmarks)
    if (app.got_subcommand(x.name))
      run_one(x, from);
  return 0;
}

} // namespace

} // namespace bennu::bench

int main(int count, char** arguments) {
  try {
    return bennu::bench::run(count, arguments);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bennu-bench: %s\n", problem.what());
    return 1;
  }
}
