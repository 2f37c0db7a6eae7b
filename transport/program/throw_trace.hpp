#pragma once

#include <string>

namespace bennu::engine {

/// From this call on, every throw in the program records its stack, and crash reports contain it (`process.crashed`,
/// `trace`). For dev mode: a throw costs several microseconds more. Before this call a throw costs one relaxed load
/// more.
///
/// A frame is the name of the function if the program or a library exports it, else `program+0xOFFSET`, which
/// `addr2line -Cfe program 0xOFFSET` translates.
///
/// It replaces `__cxa_throw` of the C++ runtime in every program that links this object file. It works with glibc and
/// the Itanium ABI only.
void keep_throw_traces() noexcept;

/// The frames of this thread's last throw, innermost first, separated by ` < `; empty when none was recorded.
std::string last_throw_trace();

} // namespace bennu::engine
