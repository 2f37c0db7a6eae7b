#include "apps/bench/command_line.hpp"

#include <map>
#include <string_view>

#include <CLI/CLI.hpp>

#include "apps/bench/siege/attacks.hpp"

namespace bennu::bench {

namespace {

constexpr const char* manual = R"(
Drives a server that speaks Phoenix Channels (serializer v2) and implements the contract
of bennu-probe at ws://127.0.0.1:PORT/socket/websocket. It measures what the SERVER uses:
CPU time and memory, read from /proc. The load of the client is printed too. Near 100 %
the client is the bottleneck, and rates and latencies mean little.

Every message has a number. When the server loses, repeats or reorders a message, the run
ends with an error. So there are figures only for a server that delivered everything.

Examples
  bennu-bench fanout --server 'build/release/apps/probe/bennu-probe --port 0'
  bennu-bench hold --connections 15000 --port 4000 --pid 1234
  bennu-bench compare --server 'bennu-probe --port 0' --only fanout,echo --rounds 5
  bennu-bench siege --help      what hostile clients do, and how to keep a bound for memory

How not to fool yourself: use `compare`, which measures your server and a plain epoll loop
on the same machine in turn. Run nothing else meanwhile. Trust ratios more than single
figures, and the median of several rounds more than one round.)";

const auto positive = CLI::Range(size_t{1}, size_t{10'000'000});

/// Adds an option for a size or rate that must be positive and whose default is shown.
void add_size(CLI::App& app, const std::string& name, size_t& value, const std::string& description) {
  app.add_option(name, value, description)->capture_default_str()->check(positive);
}

void add_workload(CLI::App& app, command& into) {
  auto& how = into.how;
  add_size(app, "--connections", how.connections, "hold: how many connections");
  add_size(app, "--subscribers", how.subscribers, "fanout: how many subscribers");
  add_size(app, "--publishers", how.publishers, "fanout: how many of the subscribers publish");
  add_size(app, "--clients", how.clients, "echo, crash, repair, recover: how many clients");
  add_size(app, "--missed", how.missed, "recover: how many messages each client has missed");
  add_size(app, "--crashes", how.crashes, "crash, repair: how many channels crash");
  add_size(app, "--rate", how.rate, "repair: pings per second of all clients together");
  add_size(app, "--members", how.members, "presence: how many members, half of them on each node");
  app.add_option("--window", how.windows, "publishes or pings in flight at once, e.g. 1,4,8")
    ->delimiter(',')
    ->capture_default_str()
    ->check(CLI::Range(size_t{1}, size_t{1024}));
  app.add_option("--payload", how.payload_bytes, "bytes of text in each message")
    ->capture_default_str()
    ->check(CLI::Range(size_t{0}, size_t{1} << 20));
  app.add_option("--duration", how.duration, "how long each window is measured, e.g. 3s")
    ->transform(CLI::AsNumberWithUnit(std::map<std::string, int64_t>{{"ms", 1}, {"s", 1000}}))
    ->default_str("3s");
}

void add_output(CLI::App& app, command& into) {
  app.add_option("--commit", into.commit, "printed with the figures, e.g. \"$(git describe --always --dirty)\"")
    ->capture_default_str();
  app.add_option("--format", into.output, "text or json")
    ->transform(CLI::CheckedTransformer(std::map<std::string, format>{{"text", format::text}, {"json", format::json}}))
    ->default_str("text");
}

std::string siege_manual() {
  std::string result = R"(
Healthy clients talk while hostile clients attack. The attack lasts for a slice of time, pauses
for as long, and so on; the figures compare the healthy clients' times in both. The run fails
when a healthy client is closed, refused or misses a message, and when the server's resident
memory exceeds --max-memory-mib. Hostile clients run at the lowest priority, since real ones
use other machines; on a machine with few cores they still take time from the server.

Attacks
)";
  for (const auto& x : all_attacks()) {
    const auto* where = x.where == attack::place::chat      ? " (with --chat)"
                        : x.where == attack::place::cluster ? " (with --cluster-port)"
                                                            : "";
    result += "  " + std::string{x.name} + std::string(14 - std::string_view{x.name}.size(), ' ') + x.description
              + where + "\n";
  }
  return result + R"(
Examples
  bennu-bench siege --server 'build/release/apps/probe/bennu-probe --port 0'
  bennu-bench siege --chat --server 'build/release/apps/chat/bennu-chat --port 0 --database /dev/shm/siege.db'
  bennu-bench siege --chat --port 4000 --pid 1234 --seconds 3600 --slice 60 --max-memory-mib 512
  bennu-bench siege --port 4000 --attack bodies,unfinished --besiegers 500)";
}

void add_siege(CLI::App& app, command& into) {
  auto& how = into.how;
  std::vector<std::string> names{"all"};
  for (const auto& x : all_attacks())
    names.emplace_back(x.name);
  app.footer(siege_manual());
  app.add_option("--attack", how.attacks, "which attacks, e.g. bodies,storm")
    ->delimiter(',')
    ->capture_default_str()
    ->check(CLI::IsMember(names));
  add_size(app, "--seconds", how.siege_seconds, "how long the run lasts");
  add_size(app, "--slice", how.slice_seconds, "seconds after which the attack pauses, and begins again");
  add_size(app, "--besiegers", how.besiegers, "how many hostile clients each attack has");
  add_size(app, "--clients", how.clients, "how many healthy clients");
  add_size(app, "--siege-rate", how.siege_rate, "pings per second of all healthy clients together, on a probe");
  app.add_flag("--chat", how.is_chat, "the server is a bennu-chat");
  app.add_option("--cluster-port", how.cluster_port, "port of the server's cluster, for strangers");
  app.add_option("--nice", how.attackers_nice, "priority of the hostile clients; 0 where others keep the machine busy")
    ->capture_default_str()
    ->check(CLI::Range(0, 19));
  app.add_option("--max-memory-mib", how.max_memory_mib, "the run fails when the server's resident memory exceeds it");
}

void add_benchmark(CLI::App& app, const benchmark& what, command& into) {
  auto* sub = app.add_subcommand(what.name, what.description);
  sub->add_option("--port", into.server.port, "port of a running server on 127.0.0.1");
  sub->add_option("--pid", into.server.pid, "process of that server, to measure its CPU time and memory");
  sub->add_option("--server", into.server_command, "start the server with this command, which must print `ready PORT`");
  if (std::string_view{what.name} == "siege")
    add_siege(*sub, into);
  else
    add_workload(*sub, into);
  add_output(*sub, into);
}

void add_compare(CLI::App& app, const std::vector<benchmark>& benchmarks, command& into) {
  std::vector<std::string> names;
  for (const auto& x : benchmarks)
    names.emplace_back(x.name);
  auto* sub = app.add_subcommand("compare", "run benchmarks against your server and a plain epoll loop in turn");
  sub->add_option("--server", into.server_command, "command that starts your server and prints `ready PORT`")
    ->required();
  sub->add_option("--baseline", into.baseline_command,
                  "command that starts the other server (default: baseline-server)");
  sub->add_option("--only", into.only, "which benchmarks")
    ->delimiter(',')
    ->capture_default_str()
    ->check(CLI::IsMember(names));
  sub->add_option("--rounds", into.rounds, "how often each benchmark runs")
    ->capture_default_str()
    ->check(CLI::Range(1, 100));
  add_workload(*sub, into);
  add_output(*sub, into);
}

void add_presence(CLI::App& app, command& into) {
  auto* sub = app.add_subcommand("presence", "members of one topic on two nodes of a cluster");
  sub->add_option("--server", into.server_command, "command that starts the first node and prints `ready PORT`")
    ->required();
  sub->add_option("--second", into.second_command, "command that starts the second node, which the benchmark kills")
    ->required();
  add_workload(*sub, into);
  add_output(*sub, into);
}

void add_restarts(CLI::App& app, command& into) {
  auto& how = into.restarts;
  auto* sub = app.add_subcommand("restarts",
                                 "supervisors without a server, compared with Erlang's in turn (Debian: erlang-base)");
  sub->add_option("--restarts", how.restarts, "how many crashes")
    ->capture_default_str()
    ->check(CLI::Range(10, 100'000'000));
  sub->add_option("--children", how.children, "how many children the pool has")
    ->capture_default_str()
    ->check(CLI::Range(1, 1'000'000));
  sub->add_option("--erlang", how.erlang, "command that measures Erlang")->capture_default_str();
  sub->add_option("--rounds", into.rounds, "how often each side runs")
    ->capture_default_str()
    ->check(CLI::Range(1, 100));
  add_output(*sub, into);
}

} // namespace

int parse(int count, char** arguments, const std::vector<benchmark>& benchmarks, command& into) {
  CLI::App app{"bennu-bench measures what a Phoenix Channels server costs"};
  app.footer(manual);
  app.set_config("--config", "", "read options from this file (INI or TOML)");
  app.require_subcommand(1);
  for (const auto& x : benchmarks)
    add_benchmark(app, x, into);
  add_compare(app, benchmarks, into);
  add_presence(app, into);
  add_restarts(app, into);
  app.add_subcommand("baseline-server", "a plain epoll loop with one send() per delivery")
    ->add_option("--port", into.baseline_port, "0: any free port")
    ->capture_default_str();
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem);
  }
  into.subcommand = app.get_subcommands().front()->get_name();
  return -1;
}

} // namespace bennu::bench
