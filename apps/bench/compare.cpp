#include "apps/bench/compare.hpp"

#include <cstdio>

#include "apps/bench/server_process.hpp"

namespace bennu::bench {

namespace {

figures run_fresh(const benchmark& what, const std::string& command, const options& how) {
  const server_process server(command);
  return what.run(server.address(), how);
}

} // namespace

std::vector<comparison> compare(const std::vector<benchmark>& benchmarks, const std::string& server_command,
                                const std::string& baseline_command, size_t rounds, const options& how) {
  std::vector<comparison> result;
  for (const auto& what : benchmarks) {
    const auto first = result.size();
    for (size_t round = 0; round < rounds; ++round) {
      std::fprintf(stderr, "%s, round %zu of %zu\n", what.name, round + 1, rounds);
      const auto server = run_fresh(what, server_command, how);
      const auto baseline = what.baseline_can ? run_fresh(what, baseline_command, how) : figures{};
      result.resize(first + server.size());
      for (size_t i = 0; i < server.size(); ++i) {
        result[first + i].what = server[i];
        result[first + i].server.push_back(server[i].value);
        if (i < baseline.size())
          result[first + i].baseline.push_back(baseline[i].value);
      }
    }
  }
  return result;
}

} // namespace bennu::bench
