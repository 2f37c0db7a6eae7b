#include "actors/history/position.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "actors/cluster/link/fields.hpp"
#include "actors/wire/base64.hpp"
#include "supervision/process/numbers.hpp"

namespace bennu::engine {

namespace {

// The first byte of a position says what follows.
enum class position_kind : unsigned char { marks = 1, local = 2 };

constexpr size_t max_position_bytes = 47; // in base64 and with the `@`: 64

void append_short(std::string& out, uint16_t x) {
  out += static_cast<char>(x & 0xFF);
  out += static_cast<char>(x >> 8);
}

void append_check(std::string& out, uint32_t x) {
  append_short(out, static_cast<uint16_t>(x & 0xFFFF));
  append_short(out, static_cast<uint16_t>(x >> 16));
}

uint16_t take_short(std::string_view& from) noexcept {
  const auto byte = [&](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(from[i])); };
  const auto result = static_cast<uint16_t>(byte(0) | byte(1) << 8);
  from.remove_prefix(2);
  return result;
}

std::string position_text(std::string_view bytes) {
  return "@" + encode_base64url(bytes);
}

} // namespace

life_id life_of(std::string_view node, uint64_t incarnation) noexcept {
  return mixed(fnv1a(node, fnv1a_offset ^ mixed(incarnation)));
}

uint64_t topic_hash(std::string_view topic) noexcept {
  return mixed(fnv1a(topic));
}

uint16_t mark_name(uint64_t topic, life_id life) noexcept {
  return static_cast<uint16_t>(mixed(topic ^ life));
}

uint32_t mark_check(uint64_t topic, std::span<const history_mark> marks,
                    std::span<const history_mark> others) noexcept {
  auto sum = topic;
  for (const auto& x : marks)
    sum = mixed(sum ^ x.life) + mixed(x.seq << 1 | (x.is_start ? 1U : 0U));
  for (const auto& x : others)
    if (x.seq != 0)
      sum += mixed(mixed(x.life) + x.seq);
  return static_cast<uint32_t>(mixed(sum));
}

std::string write_position(uint64_t topic, std::span<const history_mark> marks, std::span<const history_mark> others) {
  std::string bytes{static_cast<char>(position_kind::marks)};
  append_check(bytes, mark_check(topic, marks, others));
  for (const auto& x : marks) {
    append_short(bytes, mark_name(topic, x.life));
    field_writer{bytes}.number(x.seq << 1 | (x.is_start ? 1U : 0U));
    if (bytes.size() > max_position_bytes)
      return {};
  }
  return position_text(bytes);
}

std::string write_local_position(uint64_t topic, life_id life, uint64_t index) {
  std::string bytes{static_cast<char>(position_kind::local)};
  append_check(bytes, mark_check(topic, std::array{history_mark{life, index}}));
  field_writer{bytes}.number(life).number(index);
  return position_text(bytes);
}

std::string_view to_string(history_refusal x) noexcept {
  constexpr std::string_view names[] = {"none",    "invalid", "unknown_life",  "forgotten", "too_old",
                                        "evicted", "gap",     "not_caught_up", "too_large"};
  static_assert(std::size(names) == history_refusal_count);
  return names[static_cast<size_t>(x)];
}

std::optional<written_position> read_position(std::string_view text) {
  if (text.size() > position_rule.max_bytes || !text.starts_with('@'))
    return std::nullopt;
  const auto bytes = decode_base64url(text.substr(1));
  if (!bytes || bytes->size() < 5)
    return std::nullopt;
  std::string_view rest{*bytes};
  const auto what = static_cast<position_kind>(rest.front());
  rest.remove_prefix(1);
  written_position result;
  result.check = take_short(rest);
  result.check |= static_cast<uint32_t>(take_short(rest)) << 16;
  result.is_local = what == position_kind::local;
  field_reader in{rest};
  if (result.is_local) {
    result.life = in.number();
    result.index = in.number();
    return in.failed() || !in.done() ? std::nullopt : std::optional{std::move(result)};
  }
  if (what != position_kind::marks)
    return std::nullopt;
  while (!rest.empty()) {
    if (rest.size() < 3)
      return std::nullopt;
    const auto name = take_short(rest);
    field_reader one{rest};
    const auto number = one.number();
    result.marks.push_back({name, number >> 1, (number & 1) != 0});
    if (one.failed())
      return std::nullopt;
    rest.remove_prefix(rest.size() - one.rest());
  }
  return result;
}

} // namespace bennu::engine
