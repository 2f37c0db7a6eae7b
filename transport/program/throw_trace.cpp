#include "transport/program/throw_trace.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>

#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

namespace {

constexpr int max_frames = 24; // enough for a handler, CAF's dispatch and the io loop below it

std::atomic<bool> keeping{false};
thread_local std::array<void*, max_frames> frames;
thread_local int frame_count = 0;

std::string name_of(void* frame) {
  Dl_info where{};
  if (::dladdr(frame, &where) == 0 || where.dli_fname == nullptr)
    return "?";
  if (where.dli_sname != nullptr) {
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> text{abi::__cxa_demangle(where.dli_sname, nullptr, nullptr, &status),
                                                     &std::free};
    return status == 0 && text ? text.get() : where.dli_sname;
  }
  const std::string file = where.dli_fname;
  std::array<char, 32> offset{};
  std::snprintf(offset.data(), offset.size(), "+%#tx",
                // The address of the call, not the return address.
                static_cast<char*>(frame) - static_cast<char*>(where.dli_fbase) - 1);
  return file.substr(file.rfind('/') + 1) + offset.data();
}

void keep() noexcept {
  if (keeping.load(std::memory_order_relaxed))
    frame_count = ::backtrace(frames.data(), max_frames);
}

} // namespace

void keep_throw_traces() noexcept {
  ::backtrace(frames.data(), 1); // loads the unwinder now instead of within the first throw
  keeping.store(true, std::memory_order_relaxed);
  set_throw_trace(last_throw_trace);
}

std::string last_throw_trace() {
  std::string result;
  for (int i = 2; i < frame_count; ++i) // skips `keep` and `__cxa_throw`
    result += (result.empty() ? "" : " < ") + name_of(frames[static_cast<std::size_t>(i)]);
  return result;
}

} // namespace bennu::engine

// Has another name here, because the compiler has a built-in declaration of __cxa_throw.
extern "C" [[noreturn]] void bennu_throw(void* thrown, void* type, void (*destroy)(void*)) __asm__("__cxa_throw");

extern "C" void bennu_throw(void* thrown, void* type, void (*destroy)(void*)) {
  using function = void (*)(void*, void*, void (*)(void*));
  static const auto next = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "__cxa_throw"));
  bennu::engine::keep();
  next(thrown, type, destroy);
  __builtin_unreachable();
}
