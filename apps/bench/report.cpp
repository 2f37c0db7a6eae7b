#include "apps/bench/report.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "apps/bench/message.hpp"

namespace bennu::bench {

namespace {

using json = nlohmann::ordered_json;

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

origin origin::here(const std::string& command_line, const std::string& commit) {
  utsname system{};
  ::uname(&system);
  const auto now = std::time(nullptr);
  std::array<char, 32> time{};
  std::strftime(time.data(), time.size(), "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  return {processor() + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores, " + system.sysname + " "
            + system.release,
          command_line, commit, time.data()};
}

namespace {

void print_text(const origin& from) {
  std::printf("machine: %s\ncommand: %s\ncommit:  %s\ntime:    %s\n\n", from.machine.c_str(), from.command.c_str(),
              from.commit.c_str(), from.time.c_str());
}

json to_json(const origin& from) {
  return {{"machine", from.machine}, {"command", from.command}, {"commit", from.commit}, {"time", from.time}};
}

void print_text(const figures& measured) {
  for (const auto& x : measured)
    std::printf("%-56s %12.2f %s\n", x.name.c_str(), x.value, x.unit.c_str());
  std::for_each(measured.begin(), measured.end(), warn_of_busy_client);
}

void print_text(const std::vector<comparison>& compared) {
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

} // namespace

void print(const origin& from, const figures& measured, format how) {
  if (how == format::text) {
    print_text(from);
    return print_text(measured);
  }
  auto all = to_json(from);
  all["figures"] = json::array();
  for (const auto& x : measured)
    all["figures"].push_back({{"name", x.name}, {"value", x.value}, {"unit", x.unit}});
  std::printf("%s\n", all.dump(2).c_str());
}

void print(const origin& from, const std::vector<comparison>& compared, format how) {
  if (how == format::text) {
    print_text(from);
    return print_text(compared);
  }
  auto all = to_json(from);
  all["figures"] = json::array();
  for (const auto& x : compared)
    all["figures"].push_back(
      {{"name", x.what.name}, {"unit", x.what.unit}, {"server", x.server}, {"baseline", x.baseline}});
  std::printf("%s\n", all.dump(2).c_str());
}

namespace {

using namespace std::chrono_literals;

pid_t spawn(const std::string& command, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  // With `exec` the pid is that of the server, not that of a shell. A server must not outlive a benchmark that is
  // killed.
  auto line = "exec setpriv --pdeathsig TERM " + command;
  std::array<char*, 4> arguments = {const_cast<char*>("sh"), const_cast<char*>("-c"), line.data(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, "/bin/sh", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw std::system_error(error, std::generic_category(), "cannot start " + command);
  return pid;
}

} // namespace

server_process::server_process(const std::string& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  output_ = ends[0];
  address_.pid = spawn(command, ends[1]);
  ::close(ends[1]);
  try {
    await_ready(command);
  } catch (...) {
    end();
    throw;
  }
}

void server_process::await_ready(const std::string& command) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  std::string output;
  std::array<char, 512> buffer{};
  while (std::chrono::steady_clock::now() < deadline) {
    pollfd wait{output_, POLLIN, 0};
    if (::poll(&wait, 1, 1000) <= 0)
      continue;
    const auto size = ::read(output_, buffer.data(), buffer.size());
    if (size <= 0)
      throw std::runtime_error("`" + command + "` ended before it was ready; its output was: " + output);
    output.append(buffer.data(), static_cast<size_t>(size));
    const auto at = output.find("ready ");
    if (at != std::string::npos && output.find('\n', at) != std::string::npos) {
      address_.port = static_cast<uint16_t>(number_in(output, "ready").value_or(0));
      if (address_.port != 0)
        return;
    }
  }
  throw std::runtime_error("`" + command + "` did not print `ready PORT` within a minute");
}

server_process::~server_process() {
  end();
}

void server_process::end() noexcept {
  ::kill(address_.pid, SIGTERM);
  int status = 0;
  for (int i = 0; i < 200; ++i) {
    if (::waitpid(address_.pid, &status, WNOHANG) != 0) {
      ::close(output_);
      return;
    }
    std::this_thread::sleep_for(50ms);
  }
  ::kill(address_.pid, SIGKILL);
  ::waitpid(address_.pid, &status, 0);
  ::close(output_);
}

} // namespace bennu::bench
