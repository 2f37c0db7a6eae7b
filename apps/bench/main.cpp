#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>

#include <sys/resource.h>

#include "apps/bench/baseline_server.hpp"
#include "apps/bench/command_line.hpp"
#include "apps/bench/report.hpp"

namespace bennu::bench {

namespace {

const std::vector<benchmark> benchmarks = {
  {"hold", "memory of an idle connection with one joined channel", &hold, true},
  {"fanout", "one message to many subscribers of one topic", &fanout, true},
  {"echo", "round trips through a channel", &echo, true},
  {"crash", "channels crash one after another while other clients exchange messages", &crash, false},
  {"repair", "channels crash and restart in place while all are busy", &repair, false},
  {"recover", "clients come back within a second and get what they missed", &recover, false},
  {"siege", "latency of healthy clients while hostile clients attack the server", &siege, false},
};

figures run_one(const benchmark& what, const command& from) {
  std::unique_ptr<server_process> started;
  auto server = from.server;
  if (!from.server_command.empty()) {
    started = std::make_unique<server_process>(from.server_command);
    server = started->address();
  }
  if (server.port == 0)
    throw std::runtime_error("no server is named: pass --port (and --pid), or --server COMMAND");
  return what.run(server, from.how);
}

figures run_fresh(const benchmark& what, const std::string& server_command, const options& how) {
  const server_process server(server_command);
  return what.run(server.address(), how);
}

/// Runs a benchmark against the server and the baseline in turn, each time with freshly started servers. With the order
/// A B A B, whatever else the machine does affects both alike.
std::vector<comparison> compare(const benchmark& what, const command& from) {
  std::vector<comparison> result;
  for (size_t round = 0; round < from.rounds; ++round) {
    std::fprintf(stderr, "%s, round %zu of %zu\n", what.name, round + 1, from.rounds);
    const auto server = run_fresh(what, from.server_command, from.how);
    const auto baseline = what.runs_on_baseline ? run_fresh(what, from.baseline_command, from.how) : figures{};
    result.resize(server.size());
    for (size_t i = 0; i < server.size(); ++i) {
      result[i].what = server[i];
      result[i].server.push_back(server[i].value);
      if (i < baseline.size())
        result[i].baseline.push_back(baseline[i].value);
    }
  }
  return result;
}

std::vector<comparison> run_comparison(const command& from) {
  std::vector<comparison> all;
  for (const auto& x : benchmarks)
    if (std::find(from.only.begin(), from.only.end(), x.name) != from.only.end())
      for (auto& line : compare(x, from))
        all.push_back(std::move(line));
  return all;
}

figures run_presence(const command& from) {
  const server_process first{from.server_command};
  const server_process second{from.second_command};
  return presence(first.address(), second.address(), from.how);
}

figures run_single(const command& from) {
  if (from.subcommand == "presence")
    return run_presence(from);
  return run_one(
    *std::find_if(benchmarks.begin(), benchmarks.end(), [&](auto& x) { return from.subcommand == x.name; }), from);
}

void check(const options& how) {
  if (how.publishers > how.subscribers)
    throw std::runtime_error("--publishers must not exceed --subscribers: the publishers are subscribers, too");
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max; // the servers that the benchmark starts inherit the limit
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (std::max({how.connections, how.subscribers, how.clients}) + 100 > files.rlim_max)
    throw std::runtime_error("a process may open only " + std::to_string(files.rlim_max)
                             + " files on this machine (ulimit -Hn); these connections need more");
}

std::string joined(int count, char** arguments) {
  std::string result;
  for (int i = 0; i < count; ++i)
    result.append(i == 0 ? "" : " ").append(arguments[i]);
  return result;
}

int run(int count, char** arguments) {
  command from;
  from.baseline_command = "'" + std::string{arguments[0]} + "' baseline-server --port 0";
  from.restarts.erlang = "escript " BENNU_BENCH_SOURCES "/restarts.escript";
  if (const int status = parse(count, arguments, benchmarks, from); status >= 0)
    return status;
  check(from.how);
  if (from.subcommand == "baseline-server") {
    run_baseline_server(from.baseline_port);
    return 0;
  }
  const auto place = origin::here(joined(count, arguments), from.commit);
  if (from.subcommand == "restarts")
    print(place, compare_restarts(from.restarts, from.rounds), from.output);
  else if (from.subcommand == "compare")
    print(place, run_comparison(from), from.output);
  else
    try {
      print(place, run_single(from), from.output);
    } catch (const failed_run& x) {
      print(place, x.measured, from.output);
      throw;
    }
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
