#include "transport/longpoll/relay.hpp"

#include "actors/cluster/link/link_wire.hpp"

namespace bennu::engine {

std::string encode(const relayed_request& x) {
  std::string result;
  result.reserve(x.token.size() + x.content_type.size() + x.body.size() + 16);
  field_writer{result}.number(x.posts ? 1 : 0).text(x.token).text(x.content_type).text(x.body);
  return result;
}

std::string encode(const relayed_answer& x) {
  std::string result;
  result.reserve(x.body.size() + 8);
  field_writer{result}.number(x.gone ? 1 : 0).number(x.status).text(x.body);
  return result;
}

std::optional<relayed_request> parse_relayed_request(std::string_view bytes) {
  field_reader fields{bytes};
  relayed_request result;
  result.posts = fields.number() != 0;
  result.token = fields.text();
  result.content_type = fields.text();
  result.body = fields.text();
  return fields.failed() ? std::nullopt : std::optional{result};
}

std::optional<relayed_answer> parse_relayed_answer(std::string_view bytes) {
  field_reader fields{bytes};
  relayed_answer result;
  result.gone = fields.number() != 0;
  const auto status = fields.number();
  result.body = fields.text();
  if (fields.failed() || status > 999)
    return std::nullopt;
  result.status = static_cast<unsigned>(status);
  return result;
}

} // namespace bennu::engine
