#include "apps/bench/process_stats.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace bennu::bench {

namespace {

std::filesystem::path proc(pid_t pid) {
  return std::filesystem::path{"/proc"} / std::to_string(pid);
}

[[noreturn]] void gone(pid_t pid) {
  throw std::runtime_error("process " + std::to_string(pid) + " is not there (any more)");
}

} // namespace

uint64_t cpu_nanoseconds(pid_t pid) {
  uint64_t sum = 0;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator{proc(pid) / "task", error}) {
    uint64_t on_cpu = 0;
    if (std::ifstream in{task.path() / "schedstat"}; in >> on_cpu)
      sum += on_cpu;
  }
  if (error)
    gone(pid);
  return sum;
}

size_t resident_bytes(pid_t pid) {
  std::ifstream in{proc(pid) / "status"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:"))
      return std::stoul(line.substr(6)) * 1024;
  gone(pid);
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

uint64_t own_cpu_nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(time.tv_nsec);
}

} // namespace bennu::bench
