#include "transport/cluster/hello.hpp"

#include <algorithm>

#include "actors/cluster/link/link_wire.hpp"

namespace bennu::engine {

namespace {

constexpr std::string_view magic = "BNNU";

void put_text(std::string& to, std::string_view text) {
  const auto size = std::min<std::size_t>(text.size(), 200);
  to.push_back(static_cast<char>(size));
  to.append(text.substr(0, size));
}

/// Takes from the front; `is_ok` turns false when there is not enough.
struct reader {
  std::string_view rest;
  bool is_ok = true;

  std::uint8_t byte() {
    if (rest.empty()) {
      is_ok = false;
      return 0;
    }
    const auto result = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    return result;
  }

  std::uint64_t number() {
    std::uint64_t result = 0;
    for (int i = 0; i < 8; ++i)
      result |= std::uint64_t{byte()} << (8 * i);
    return result;
  }

  std::string text() {
    const std::size_t size = byte();
    is_ok = is_ok && size <= rest.size();
    auto result = std::string{rest.substr(0, is_ok ? size : 0)};
    rest.remove_prefix(result.size());
    return result;
  }
};

} // namespace

std::string encode(const greeting& what) {
  std::string body;
  body.push_back(static_cast<char>(what.protocol));
  switch (what.kind) {
    case greeting_kind::hello:
      put_text(body, what.who.name);
      for (int i = 0; i < 8; ++i)
        body.push_back(static_cast<char>(what.who.incarnation >> (8 * i) & 0xff));
      put_text(body, what.application);
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

std::optional<std::size_t> greeting_size(std::string_view head) {
  if (head.size() != greeting_head_size || !head.starts_with(magic))
    return std::nullopt;
  const auto size = static_cast<std::size_t>(static_cast<unsigned char>(head[5]))
                    | static_cast<std::size_t>(static_cast<unsigned char>(head[6])) << 8;
  return size <= max_greeting ? std::optional{size} : std::nullopt;
}

std::optional<greeting> decode_greeting(std::string_view head, std::string_view body) {
  if (greeting_size(head) != body.size())
    return std::nullopt;
  reader in{body};
  greeting result{.kind = static_cast<greeting_kind>(head[4]), .protocol = in.byte()};
  switch (result.kind) {
    case greeting_kind::hello:
      result.who.name = in.text();
      result.who.incarnation = in.number();
      result.application = in.text();
      break;
    case greeting_kind::offer:
    case greeting_kind::answer:
      result.yes = in.byte() != 0;
      break;
    case greeting_kind::refuse:
      result.why = in.text();
      break;
    default:
      return std::nullopt;
  }
  // A later version may have more to say.
  return in.is_ok && result.who.name.size() <= max_node_name ? std::optional{std::move(result)} : std::nullopt;
}

} // namespace bennu::engine
