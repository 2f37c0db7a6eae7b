#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/cluster/link/link.hpp"

namespace bennu::engine {

/// Appends the fields of which parcels consist: numbers with seven bits per byte, lowest first (LEB128), and texts
/// that follow their size.
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

  void field(std::string_view x) { text(x); }
  template <std::unsigned_integral N>
  void field(N x) {
    number(x);
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

  void field(std::string_view& x) noexcept { x = text(); }
  void field(bool& x) noexcept { x = number() != 0; }
  template <std::unsigned_integral N>
  void field(N& x) noexcept {
    const auto read = number();
    if (read > std::numeric_limits<N>::max())
      return fail();
    x = static_cast<N>(read);
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

/// Reads a list: the number of its elements, then each of them with `read`.
template <class T>
std::vector<T> read_list(field_reader& in, T (*read)(field_reader&)) {
  std::vector<T> result;
  const auto count = in.number();
  if (count > in.rest())
    in.fail();
  while (!in.failed() && result.size() < count)
    result.push_back(read(in));
  return result;
}

inline peer read_peer(field_reader& in) {
  std::string name{in.text()};
  return {std::move(name), in.number()};
}

/// Appends a message that lists its fields, in their order on the wire:
///
///     static auto fields(auto& x) { return std::tie(x.id, x.body); }
template <class T>
void append_fields(std::string& out, const T& x) {
  field_writer to{out};
  std::apply([&](const auto&... each) { (to.field(each), ...); }, T::fields(x));
}

/// Reads what `append_fields` has written. Views point into `bytes`. Fields that a later version appends are skipped.
/// @returns nothing when `bytes` is malformed.
template <class T>
std::optional<T> parse_fields(std::string_view bytes) {
  field_reader from{bytes};
  T result;
  std::apply([&](auto&... each) { (from.field(each), ...); }, T::fields(result));
  return from.failed() ? std::nullopt : std::optional{result};
}

} // namespace bennu::engine
