#include "actors/cluster/link/link_wire.hpp"

#include <array>

namespace bennu::engine {

namespace {

constexpr size_t numbers = 5;
constexpr size_t fixed = 3 + numbers * 8; // kind, version, length of the name

void put(std::string& to, uint64_t x) {
  for (int i = 0; i < 8; ++i)
    to.push_back(static_cast<char>(x >> (8 * i) & 0xff));
}

uint64_t get(std::string_view from) {
  uint64_t result = 0;
  for (size_t i = 0; i < 8; ++i)
    result |= uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
  return result;
}

} // namespace

std::string encode(const link_head& head) {
  std::string result;
  result.reserve(fixed + head.name.size());
  result.push_back(static_cast<char>(head.kind));
  result.push_back(static_cast<char>(head.version));
  result.push_back(static_cast<char>(head.name.size()));
  for (auto x : {head.incarnation, head.mine, head.yours, head.seq, head.ack})
    put(result, x);
  return result += head.name;
}

std::optional<link_head> decode_link_head(std::string_view bytes) {
  if (bytes.size() < fixed)
    return std::nullopt;
  const auto name_size = static_cast<unsigned char>(bytes[2]);
  // A later version may append fields after the name.
  if (name_size == 0 || name_size > max_node_name || bytes.size() < fixed + name_size)
    return std::nullopt;
  std::array<uint64_t, numbers> x{};
  for (size_t i = 0; i < numbers; ++i)
    x[i] = get(bytes.substr(3 + 8 * i));
  return link_head{.kind = static_cast<link_kind>(bytes[0]),
                   .version = static_cast<uint8_t>(bytes[1]),
                   .name = std::string{bytes.substr(fixed, name_size)},
                   .incarnation = x[0],
                   .mine = x[1],
                   .yours = x[2],
                   .seq = x[3],
                   .ack = x[4]};
}

} // namespace bennu::engine
