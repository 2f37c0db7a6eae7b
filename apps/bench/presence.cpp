#include <chrono>
#include <csignal>
#include <functional>
#include <stdexcept>

#include "apps/bench/benchmarks.hpp"
#include "apps/bench/presence_run.hpp"

namespace bennu::bench {

namespace {

/// Milliseconds from `begin` until nobody is behind.
double until_all_know(poller& loop, presence_run& run, const std::function<void()>& begin, const char* what) {
  const auto start = std::chrono::steady_clock::now();
  begin();
  while (run.behind() != 0) {
    loop.turn(std::chrono::seconds{1});
    if (std::chrono::steady_clock::now() > start + std::chrono::minutes{1})
      throw std::runtime_error(std::to_string(run.behind()) + " members did not learn of " + what + " within a minute");
  }
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

figures presence(const target& first, const target& second, const options& how) {
  poller loop;
  presence_run run(loop, first, second, how.members);
  const auto name = "presence " + std::to_string(how.members) + " on two nodes: ";
  figures result;
  result.push_back({name + "all see all",
                    until_all_know(
                      loop, run, [&] { run.join_all(); }, "each other"),
                    "ms"});
  result.push_back({name + "a leave seen by all",
                    until_all_know(
                      loop, run, [&] { run.leave_one(); }, "a leave"),
                    "ms"});
  result.push_back({name + "a killed node's members gone, grace included",
                    until_all_know(
                      loop, run,
                      [&] {
                        run.lose_second();
                        ::kill(second.pid, SIGKILL);
                      },
                      "a killed node"),
                    "ms"});
  return result;
}

} // namespace bennu::bench
