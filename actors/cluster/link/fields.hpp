#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bennu::engine {

/// Appends the fields of which blocks between nodes consist: numbers with seven bits per byte, lowest first (LEB128),
/// and texts that follow their size.
class field_writer {
public:
  explicit field_writer(std::string& out) noexcept : out_(out) {}

  field_writer& number(uint64_t x) {
    for (; x >= 0x80; x >>= 7)
      out_ += static_cast<char>(x | 0x80);
    out_ += static_cast<char>(x);
    return *this;
  }

  field_writer& text(std::string_view x) {
    number(x.size());
    out_ += x;
    return *this;
  }

private:
  std::string& out_;
};

/// Reads fields. A field that is missing or incomplete yields zero or an empty view and makes `failed()` true for
/// good, so that a parser checks once at its end.
class field_reader {
public:
  explicit field_reader(std::string_view in) noexcept : in_(in) {}

  uint64_t number() noexcept {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 64 && !in_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      const auto digit = static_cast<uint64_t>(byte & 0x7F);
      if (shift == 63 && digit > 1)
        break;
      result |= digit << shift;
      if (byte < 0x80)
        return result;
    }
    return fail(), 0;
  }

  std::string_view text() noexcept {
    const auto size = number();
    if (size > in_.size())
      return fail(), std::string_view{};
    const auto result = in_.substr(0, size);
    in_.remove_prefix(size);
    return result;
  }

  /// Whether all bytes are read.
  bool done() const noexcept { return in_.empty(); }
  bool failed() const noexcept { return failed_; }

  /// The number of unread bytes. An element takes at least one byte, so that no list can have more elements.
  size_t rest() const noexcept { return in_.size(); }

  void fail() noexcept {
    failed_ = true;
    in_ = {};
  }

private:
  std::string_view in_;
  bool failed_ = false;
};

} // namespace bennu::engine
