#include "transport/longpoll/relay.hpp"

#include "actors/cluster/link/fields.hpp"

namespace bennu::engine {

std::string encode(const relayed_request& x) {
  std::string result;
  result.reserve(x.token.size() + x.content_type.size() + x.body.size() + 16);
  append_fields(result, x);
  return result;
}

std::string encode(const relayed_answer& x) {
  std::string result;
  result.reserve(x.body.size() + 8);
  append_fields(result, x);
  return result;
}

std::optional<relayed_request> parse_relayed_request(std::string_view bytes) {
  return parse_fields<relayed_request>(bytes);
}

std::optional<relayed_answer> parse_relayed_answer(std::string_view bytes) {
  const auto result = parse_fields<relayed_answer>(bytes);
  return result && result->status <= 999 ? result : std::nullopt;
}

} // namespace bennu::engine
