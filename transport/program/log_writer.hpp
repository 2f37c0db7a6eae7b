#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bennu::engine {

/// Writes lines to a file, a pipe or a terminal on its own thread, so that no caller waits for the reader.
///
/// The waiting bytes are bounded: the oldest lines are dropped for new ones. A line that is dropped, or cannot be
/// written because the reader is gone or the disk is full, is counted; the number is written in a separate line as soon
/// as that is possible.
///
/// Thread safety: any thread.
class log_writer {
public:
  /// 1 MiB: some seconds of debug output of a busy node.
  static constexpr size_t default_max_bytes = 1 << 20;

  /// Writes to a descriptor that outlives this object.
  explicit log_writer(int fd, size_t max_bytes = default_max_bytes);

  /// Appends to a file, which is created if it does not exist.
  /// @throws std::system_error when it cannot be opened
  explicit log_writer(const std::string& path, size_t max_bytes = default_max_bytes);

  /// Finishes.
  ~log_writer();
  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;

  /// @param line with its line end
  void write(std::string line);

  /// Writes a requested text that may be long, such as the supervision tree. It does not count against the bound; there
  /// is one at a time.
  /// @returns false when the last one is not written yet
  bool write_whole(std::string text);

  /// Waits at most a second for the remaining lines. What is written later is lost, and counted.
  void finish();

  /// Opens the file again, for example after it was renamed. Does nothing for a descriptor.
  /// @throws std::system_error when it cannot be opened; then the current file stays in use.
  void reopen();

  /// Lines that were dropped or could not be written.
  uint64_t lost() const noexcept;

private:
  struct state;
  std::shared_ptr<state> state_; // shared with the thread, which is abandoned when it hangs in a write
};

} // namespace bennu::engine
