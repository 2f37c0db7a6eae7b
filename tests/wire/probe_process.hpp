#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace bennu::test {

/// A running bennu-probe on a free port of loopback. The destructor ends it by its pid.
class probe_process {
public:
  /// Starts the program that the environment variable BENNU_PROBE names, with the arguments `more`, and waits for its
  /// `ready PORT`.
  explicit probe_process(const std::vector<std::string>& more = {});
  ~probe_process();
  probe_process(const probe_process&) = delete;
  probe_process& operator=(const probe_process&) = delete;

  uint16_t port() const noexcept { return port_; }

  void terminate() const; // SIGTERM
  void signal(int number) const;

  /// Waits for its end. @returns its exit status, or 128 + the signal that ended it.
  int wait();

private:
  pid_t pid_ = 0;
  int output_ = -1;
  uint16_t port_ = 0;
};

/// The port of the probe that most tests share: BENNU_PROBE_PORT if it is set (the server may then be Phoenix), else
/// that of a probe that is started now.
uint16_t shared_probe_port();

/// Ends the shared probe, if one was started. @returns false when it crashed or a sanitizer reported an error.
bool shared_probe_ends_well();

} // namespace bennu::test
