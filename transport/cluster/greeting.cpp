#include "transport/cluster/greeting.hpp"

#include <algorithm>

#include "actors/cluster/link/link_wire.hpp"
#include <bennu/actors/checked_text.hpp>
#include <bennu/transport/cluster_options.hpp>

namespace bennu::engine {

namespace {

constexpr std::string_view magic = "BNNU";

// The text of an unknown peer appears in logs, so that line breaks, escape sequences and invalid characters are
// replaced.
constexpr text_rule words{.name = "a text of a greeting", .max_bytes = 200};

void put_text(std::string& to, std::string_view text) {
  const auto size = std::min<size_t>(text.size(), 200);
  to.push_back(static_cast<char>(size));
  to.append(text.substr(0, size));
}

/// Takes fields from the front. `is_ok` becomes false when there are not enough bytes.
struct reader {
  std::string_view rest;
  bool is_ok = true;

  uint8_t byte() {
    if (rest.empty()) {
      is_ok = false;
      return 0;
    }
    const auto result = static_cast<uint8_t>(rest.front());
    rest.remove_prefix(1);
    return result;
  }

  uint64_t number() {
    uint64_t result = 0;
    for (int i = 0; i < 8; ++i)
      result |= uint64_t{byte()} << (8 * i);
    return result;
  }

  std::string text() {
    const size_t size = byte();
    is_ok = is_ok && size <= rest.size();
    const auto raw = rest.substr(0, is_ok ? size : 0);
    rest.remove_prefix(raw.size());
    return words.repaired(raw);
  }
};

} // namespace

std::optional<uint8_t> common_protocol(protocol_range a, protocol_range b) noexcept {
  const auto highest = std::min(a.highest, b.highest);
  return highest >= std::max(a.lowest, b.lowest) ? std::optional{highest} : std::nullopt;
}

std::string encode(const greeting& what) {
  std::string body;
  body.push_back(static_cast<char>(what.protocols.lowest));
  switch (what.kind) {
    case greeting_kind::hello:
      put_text(body, what.who.name);
      for (int i = 0; i < 8; ++i)
        body.push_back(static_cast<char>(what.who.incarnation >> (8 * i) & 0xff));
      put_text(body, what.application);
      body.push_back(static_cast<char>(what.protocols.highest));
      break;
    case greeting_kind::offer:
    case greeting_kind::answer:
      body.push_back(what.yes ? 1 : 0);
      break;
    case greeting_kind::refuse:
      put_text(body, what.why);
      break;
  }
  std::string result{magic};
  result.push_back(static_cast<char>(what.kind));
  result.push_back(static_cast<char>(body.size() & 0xff));
  result.push_back(static_cast<char>(body.size() >> 8));
  return result + body;
}

std::optional<size_t> greeting_size(std::string_view head) {
  if (head.size() != greeting_head_size || !head.starts_with(magic))
    return std::nullopt;
  const auto size = static_cast<size_t>(static_cast<unsigned char>(head[5]))
                    | static_cast<size_t>(static_cast<unsigned char>(head[6])) << 8;
  return size <= max_greeting ? std::optional{size} : std::nullopt;
}

std::optional<greeting> decode_greeting(std::string_view head, std::string_view body) {
  if (greeting_size(head) != body.size())
    return std::nullopt;
  reader in{body};
  greeting result{.kind = static_cast<greeting_kind>(head[4])};
  const auto lowest = in.byte();
  switch (result.kind) {
    case greeting_kind::hello:
      result.who.name = in.text();
      result.who.incarnation = in.number();
      result.application = in.text();
      result.protocols = {lowest, in.rest.empty() ? lowest : in.byte()}; // the first release sent only one version
      break;
    case greeting_kind::offer:
    case greeting_kind::answer:
      result.yes = in.byte() != 0;
      break;
    case greeting_kind::refuse:
      result.why = in.text();
      break;
    default: // a kind of a later release
      return result;
  }
  // A later version may append fields.
  const bool is_fit = in.is_ok && (result.who.name.empty() || is_node_name(result.who.name));
  return is_fit ? std::optional{std::move(result)} : std::nullopt;
}

} // namespace bennu::engine
