#include "actors/cluster/link/link_queue.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "actors/cluster/link/link_wire.hpp"

namespace bennu::engine {

namespace {

// Each piece starts with its length in 32 bits, little endian. The highest bit says that another piece of the block
// follows.
constexpr size_t prefix = 4;
constexpr uint32_t more = uint32_t{1} << 31;

void append_piece(std::string& body, std::string_view piece, bool is_last) {
  const auto word = static_cast<uint32_t>(piece.size()) | (is_last ? 0 : more);
  for (unsigned i = 0; i < prefix; ++i)
    body.push_back(static_cast<char>(word >> (8 * i) & 0xff));
  body.append(piece);
}

uint32_t read_word(std::string_view from) {
  uint32_t result = 0;
  for (unsigned i = 0; i < prefix; ++i)
    result |= uint32_t{static_cast<unsigned char>(from[i])} << (8 * i);
  return result;
}

} // namespace

bool link_queue::push(link_block block, size_t in_flight, uint64_t broadcasts) {
  const auto size = block->size();
  if (size > cluster_link::max_block || bytes_ + in_flight + size > cap_)
    return false;
  bytes_ += size;
  blocks_.push_back({std::move(block), broadcasts});
  return true;
}

std::string link_queue::take(link_load& load) {
  load = {};
  std::string body;
  if (empty())
    return body;
  body.reserve(std::min(bytes_ + blocks_.size() * prefix, max_link_body));
  while (!empty() && body.size() + prefix < max_link_body) {
    const auto rest = std::string_view{*blocks_.front().bytes}.substr(offset_);
    const auto space = max_link_body - body.size() - prefix;
    if (rest.size() > space && !body.empty() && rest.size() <= max_link_body - prefix)
      break; // the whole block fits into the next body
    const auto piece = rest.substr(0, space);
    const bool is_last = piece.size() == rest.size();
    append_piece(body, piece, is_last);
    bytes_ -= piece.size();
    offset_ += piece.size();
    if (!is_last)
      break;
    load += {1, blocks_.front().broadcasts};
    offset_ = 0;
    blocks_.pop_front();
  }
  return body;
}

link_load link_queue::clear() {
  offset_ = 0;
  bytes_ = 0;
  link_load result;
  for (const auto& x : std::exchange(blocks_, {}))
    result += {1, x.broadcasts};
  return result;
}

bool link_assembly::add(std::string_view body, std::vector<link_block>& to) {
  while (!body.empty()) {
    if (body.size() < prefix)
      return false;
    const auto word = read_word(body);
    const auto size = size_t{word & ~more};
    body.remove_prefix(prefix);
    if (size > body.size() || begun_.size() + size > cluster_link::max_block)
      return false;
    if (begun_.empty() && (word & more) == 0) {
      to.push_back(std::make_shared<const std::string>(body.substr(0, size)));
    } else {
      begun_.append(body.substr(0, size));
      if ((word & more) == 0)
        to.push_back(std::make_shared<const std::string>(std::exchange(begun_, {})));
    }
    body.remove_prefix(size);
  }
  return true;
}

} // namespace bennu::engine
