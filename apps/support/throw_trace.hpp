#pragma once

#include <string>

namespace bennu {

/// From here on every throw of the program keeps the stack that led to it, and reports of crashes carry it (`process.crashed`,
/// `trace`). For dev mode: a throw then costs several microseconds more. Before this is called it costs one relaxed load.
///
/// A frame is the function's name where the program or a library exports it, else `program+0xOFFSET`, which
/// `addr2line -Cfe program 0xOFFSET` explains.
///
/// It works by standing before the C++ runtime's `__cxa_throw`, in every program that links this object file; glibc and the Itanium
/// ABI only.
void keep_throw_traces() noexcept;

/// The frames of this thread's last throw, the innermost first, separated by ` < `; empty when none was kept.
std::string last_throw_trace();

} // namespace bennu
