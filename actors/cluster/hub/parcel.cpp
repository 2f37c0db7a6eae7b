#include "actors/cluster/hub/parcel.hpp"

#include <utility>

#include <caf/make_counted.hpp>

#include "actors/cluster/link/fields.hpp"
#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include "actors/trace/broadcast_trace.hpp"

namespace bennu::engine {

void append_parcel(std::string& block, const parcel& x) {
  block += static_cast<char>(x.kind);
  block += static_cast<char>(x.version);
  field_writer{block}.text(x.content);
}

std::optional<parcel> take_parcel(std::string_view& block) {
  if (block.size() < 3)
    return std::nullopt;
  parcel result{static_cast<parcel_kind>(block[0]), static_cast<uint8_t>(block[1]), {}};
  field_reader fields{block.substr(2)};
  result.content = fields.text();
  if (fields.failed())
    return std::nullopt;
  block.remove_prefix(block.size() - fields.rest());
  return result;
}

void append_broadcast(std::string& out, uint64_t number, const broadcast& x) {
  field_writer to{out};
  to.number(number).text(x.topic).text(x.event).number(x.body.is_binary() ? 1 : 0).text(x.body.bytes());
  append_trace(to, x);
}

std::optional<numbered_broadcast> parse_broadcast(std::string_view content) {
  field_reader fields{content};
  const auto number = fields.number();
  const auto topic = fields.text();
  const auto event = fields.text();
  const bool is_binary = fields.number() != 0;
  const auto bytes = fields.text();
  if (fields.failed() || !is_utf8(topic) || !is_utf8(event) || (!is_binary && !is_json(bytes)))
    return std::nullopt;
  auto body = is_binary ? payload::binary(std::string{bytes}) : payload::from_text(std::string{bytes});
  return numbered_broadcast{
    number, caf::make_counted<broadcast>(std::string{topic}, std::string{event}, std::move(body)), read_trace(fields)};
}

} // namespace bennu::engine
