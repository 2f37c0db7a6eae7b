#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace bennu::engine {

/// Bytes that arrive piece by piece. Its capacity doubles, so that it never exceeds twice the bytes that have arrived.
///
/// std::realloc moves the pages of a large buffer instead of copying them: a message of 8 MiB would otherwise keep its
/// io unit busy for milliseconds each time that it grows.
///
/// Thread safety: none.
class byte_buffer {
public:
  byte_buffer() noexcept = default;
  ~byte_buffer() { std::free(data_); }
  byte_buffer(const byte_buffer&) = delete;
  byte_buffer& operator=(const byte_buffer&) = delete;

  /// @throws std::bad_alloc; then nothing changes.
  void append(std::string_view x) {
    if (x.empty())
      return;
    if (x.size() > capacity_ - size_)
      grow(size_ + x.size());
    std::memcpy(data_ + size_, x.data(), x.size());
    size_ += x.size();
  }

  /// Keeps the first `size` bytes. Frees all memory when that is none.
  void shorten(size_t size) noexcept {
    size_ = std::min(size, size_);
    if (size_ == 0) {
      std::free(std::exchange(data_, nullptr));
      capacity_ = 0;
    }
  }

  std::string_view view() const noexcept { return {data_, size_}; }
  bool empty() const noexcept { return size_ == 0; }
  size_t size() const noexcept { return size_; }
  size_t capacity() const noexcept { return capacity_; }

private:
  void grow(size_t wanted) {
    const auto next = std::max({wanted, 2 * capacity_, size_t{64}});
    auto* moved = static_cast<char*>(std::realloc(data_, next));
    if (moved == nullptr)
      throw std::bad_alloc();
    data_ = moved;
    capacity_ = next;
  }

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

} // namespace bennu::engine
