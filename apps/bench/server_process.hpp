#pragma once

#include <string>

#include "apps/bench/options.hpp"

namespace bennu::bench {

/// A server that the benchmark has started and that it ends by its pid.
class server_process {
public:
  /// Runs `command` in a shell and waits for the line `ready PORT` on its standard output, for at most a minute.
  /// @throws std::runtime_error when that line does not come.
  explicit server_process(const std::string& command);

  /// Sends SIGTERM, and SIGKILL if the server still runs ten seconds later.
  ~server_process();
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  const target& address() const noexcept { return address_; }

private:
  void await_ready(const std::string& command);
  void end() noexcept;

  int output_ = -1;
  target address_;
};

} // namespace bennu::bench
