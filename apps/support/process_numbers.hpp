#pragma once

namespace bennu {

/// What this process takes of the machine, as Linux tells it (proc(5), getrusage(2)). Numbers that cannot be read are 0.
struct process_numbers {
  double resident_bytes = 0;
  double cpu_seconds = 0; ///< user and system
  double open_files = 0;  ///< before Linux 6.2 of up to a second ago
  double max_files = 0;
  double threads = 0;
};

process_numbers read_process_numbers();

} // namespace bennu
