#include "apps/bench/report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>

#include <sys/utsname.h>

namespace bennu::bench {

namespace {

constexpr double busy = 90; // % of a core

std::string processor() {
  std::ifstream in{"/proc/cpuinfo"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name"))
      return line.substr(line.find(':') + 2);
  return "unknown processor";
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string range(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2f..%.2f", *low, *high);
  return text.data();
}

/// The advice of uWebSockets: a benchmark whose client uses a whole core measures the client.
void warn_of_busy_client(const figure& load) {
  if (load.name.ends_with("client load") && load.value >= busy)
    std::printf("  ! %s: the benchmark's client was the bottleneck, not the server:\n"
                "    rate and latency describe the client; CPU per unit still describes the server.\n",
                load.name.c_str());
}

} // namespace

void print_origin(const std::string& command_line, const std::string& commit) {
  utsname system{};
  ::uname(&system);
  const auto now = std::time(nullptr);
  std::array<char, 32> time{};
  std::strftime(time.data(), time.size(), "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  std::printf("machine: %s, %u cores, %s %s\ncommand: %s\ncommit:  %s\ntime:    %s\n\n", processor().c_str(),
              std::thread::hardware_concurrency(), system.sysname, system.release, command_line.c_str(), commit.c_str(),
              time.data());
}

void print(const figures& measured) {
  for (const auto& x : measured)
    std::printf("%-56s %12.2f %s\n", x.name.c_str(), x.value, x.unit.c_str());
  std::for_each(measured.begin(), measured.end(), warn_of_busy_client);
}

void print(const std::vector<comparison>& compared) {
  std::printf("%-54s %11s %11s %6s  %-11s %s\n", "median", "server", "baseline", "ratio", "unit",
              "range of server / baseline");
  for (const auto& x : compared) {
    const auto server = median(x.server);
    const auto baseline = x.baseline.empty() ? 0 : median(x.baseline);
    std::printf("%-54s %11.2f ", x.what.name.c_str(), server);
    if (x.baseline.empty())
      std::printf("%11s %6s  %-11s %s\n", "-", "-", x.what.unit.c_str(), range(x.server).c_str());
    else
      std::printf("%11.2f %6.2f  %-11s %s / %s\n", baseline, server / baseline, x.what.unit.c_str(),
                  range(x.server).c_str(), range(x.baseline).c_str());
  }
  for (const auto& x : compared)
    warn_of_busy_client({x.what.name, median(x.server), x.what.unit});
}

} // namespace bennu::bench
