#include "actors/serializer.hpp"

#include <algorithm>

#include "actors/serializer_common.hpp"

namespace bennu {

namespace wire {

std::string& scratch() {
  thread_local std::string memory;
  if (memory.capacity() > 1 << 16)
    std::string{}.swap(memory);
  memory.clear();
  return memory;
}

} // namespace wire

namespace {

// True for `prefix` and a number without leading zeros, or with what a semantic version may add: `-rc.1`, `+build`.
bool is_version(std::string_view x, std::string_view prefix) {
  if (!x.starts_with(prefix))
    return false;
  x.remove_prefix(prefix.size());
  const auto digits = static_cast<size_t>(
    std::find_if(x.begin(), x.end(), [](char c) { return c < '0' || c > '9'; }) - x.begin());
  if (digits == 0 || (digits > 1 && x[0] == '0'))
    return false;
  return digits == x.size();
}

} // namespace

const serializer* serializer_for(std::string_view vsn) {
  if (vsn.empty() || is_version(vsn, "1.0."))
    return &serializer_v1();
  if (is_version(vsn, "2.0."))
    return &serializer_v2();
  return nullptr;
}

} // namespace bennu
