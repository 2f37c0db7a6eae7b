#include "apps/bench/meter.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace bennu::bench {

namespace {

std::filesystem::path proc(pid_t pid) {
  return std::filesystem::path{"/proc"} / std::to_string(pid);
}

[[noreturn]] void fail_without(pid_t pid) {
  throw std::runtime_error("there is no process " + std::to_string(pid) + " (any more)");
}

// CPU time of all threads of a process in nanoseconds, from `/proc/PID/task/*/schedstat`, which is finer than the 10 ms
// ticks of `/proc/PID/stat`. Threads that have ended are not counted.
uint64_t cpu_nanoseconds(pid_t pid) {
  uint64_t sum = 0;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator{proc(pid) / "task", error}) {
    uint64_t on_cpu = 0;
    if (std::ifstream in{task.path() / "schedstat"}; in >> on_cpu)
      sum += on_cpu;
  }
  if (error)
    fail_without(pid);
  return sum;
}

uint64_t own_cpu_nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(time.tv_nsec);
}

} // namespace

meter::meter(const target& server)
  : server_(server), begin_(std::chrono::steady_clock::now()),
    server_begin_(server.pid != 0 ? cpu_nanoseconds(server.pid) : 0), client_begin_(own_cpu_nanoseconds()) {}

void meter::stop() {
  const auto end = std::chrono::steady_clock::now();
  seconds_ = std::chrono::duration<double>(end - begin_).count();
  client_us_ = static_cast<double>(own_cpu_nanoseconds() - client_begin_) / 1e3;
  if (server_.pid != 0)
    server_us_ = static_cast<double>(cpu_nanoseconds(server_.pid) - server_begin_) / 1e3;
}

double microseconds(const histogram& nanoseconds, double share) {
  return static_cast<double>(nanoseconds.percentile(share)) / 1e3;
}

void append_timed(figures& to, const std::string& name, const std::string& unit_of_work, const meter& measured,
                  double units, const histogram& latency_ns) {
  if (measured.server_cpu_us() > 0)
    to.push_back({name + ": server CPU per " + unit_of_work, measured.server_cpu_us() / units, "us"});
  to.push_back({name + ": rate", units / measured.seconds(), "1/s"});
  to.push_back({name + ": latency p50", microseconds(latency_ns, 0.5), "us"});
  to.push_back({name + ": latency p99", microseconds(latency_ns, 0.99), "us"});
  if (measured.server_cpu_us() > 0)
    to.push_back({name + ": server load", measured.server_load() * 100, "% of a core"});
  to.push_back({name + ": client load", measured.client_load() * 100, "% of a core"});
}

size_t resident_bytes(pid_t pid) {
  std::ifstream in{proc(pid) / "status"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:"))
      return std::stoul(line.substr(6)) * 1024;
  fail_without(pid);
}

size_t settled_resident_bytes(pid_t pid) {
  using namespace std::chrono_literals;
  auto before = resident_bytes(pid);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(500ms);
    const auto now = resident_bytes(pid);
    const auto change = now > before ? now - before : before - now;
    if (change * 1000 <= before)
      return now;
    before = now;
  }
  return before;
}

} // namespace bennu::bench
