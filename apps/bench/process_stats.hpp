#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/types.h>

namespace bennu::bench {

/// CPU time that all threads of a process have used, in nanoseconds, from the scheduler's own books
/// (`/proc/PID/task/*/schedstat`): finer than the 10 ms ticks of `/proc/PID/stat`. Threads that
/// ended are not counted.
uint64_t cpu_nanoseconds(pid_t pid);

/// Resident memory of a process in bytes (`VmRSS`).
size_t resident_bytes(pid_t pid);

/// Waits until resident memory has stopped changing (by more than 0.1 % within half a second; at
/// most ten seconds), because allocators and the kernel settle late. @returns it.
size_t settled_resident_bytes(pid_t pid);

/// CPU time of this very process in nanoseconds.
uint64_t own_cpu_nanoseconds();

} // namespace bennu::bench
