#include "tests/wire/probe_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bennu::test {

namespace {

std::unique_ptr<probe_process> shared; // NOLINT: one a program, ended by main

std::string first_line_with_ready(int output) {
  std::string said;
  std::array<char, 256> buffer{};
  for (;;) {
    const auto size = ::read(output, buffer.data(), buffer.size());
    if (size <= 0)
      throw std::runtime_error("bennu-probe ended before it was ready; it said: " + said);
    said.append(buffer.data(), static_cast<size_t>(size));
    const auto at = said.find("ready ");
    if (at != std::string::npos && said.find('\n', at) != std::string::npos)
      return said.substr(at + 6);
  }
}

} // namespace

probe_process::probe_process(const std::vector<std::string>& more) {
  const char* program = std::getenv("BENNU_PROBE");
  if (program == nullptr)
    throw std::runtime_error("set BENNU_PROBE to the program bennu-probe (ctest does), or "
                             "BENNU_PROBE_PORT to the port of a running server");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe2");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<std::string> words = {program, "--port", "0"};
  words.insert(words.end(), more.begin(), more.end());
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int error = ::posix_spawn(&pid_, program, &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  output_ = ends[0];
  if (error != 0)
    throw std::system_error(error, std::generic_category(), program);
  try {
    port_ = static_cast<uint16_t>(std::stoul(first_line_with_ready(output_)));
  } catch (...) { // the destructor will not run
    wait();
    ::close(output_);
    throw;
  }
}

probe_process::~probe_process() {
  if (pid_ != 0) {
    ::kill(pid_, SIGKILL);
    wait();
  }
  ::close(output_);
}

void probe_process::terminate() const {
  signal(SIGTERM);
}

void probe_process::signal(int number) const {
  ::kill(pid_, number);
}

int probe_process::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

uint16_t shared_probe_port() {
  if (const char* port = std::getenv("BENNU_PROBE_PORT"))
    return static_cast<uint16_t>(std::stoul(port));
  if (!shared)
    shared = std::make_unique<probe_process>();
  return shared->port();
}

bool shared_probe_ends_well() {
  if (!shared)
    return true;
  shared->terminate();
  const bool well = shared->wait() == 0;
  shared.reset();
  return well;
}

} // namespace bennu::test
