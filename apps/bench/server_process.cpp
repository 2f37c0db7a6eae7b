#include "apps/bench/server_process.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/bench/message.hpp"

namespace bennu::bench {

namespace {

using namespace std::chrono_literals;

pid_t spawn(const std::string& command, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  // With `exec` the pid is that of the server, not that of a shell.
  auto line = "exec " + command;
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
