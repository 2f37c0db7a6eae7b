#pragma once

namespace bennu::engine {

/// The resources that this process uses, as Linux reports them (proc(5), getrusage(2)). Values that cannot be read
/// are 0.
struct process_numbers {
  double resident_bytes = 0;
  double cpu_seconds = 0; ///< user and system time
  double open_files = 0;  ///< before Linux 6.2 up to a second old
  double max_files = 0;
  double threads = 0;
};

process_numbers read_process_numbers();

} // namespace bennu::engine
