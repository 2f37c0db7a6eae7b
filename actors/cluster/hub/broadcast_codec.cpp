#include "actors/cluster/hub/broadcast_codec.hpp"

#include <utility>

#include <caf/make_counted.hpp>

#include "actors/cluster/link/fields.hpp"

namespace bennu::engine {

void append_broadcast(std::string& out, uint64_t number, const broadcast& x) {
  field_writer{out}.number(number).text(x.topic).text(x.event).number(x.body.is_binary() ? 1 : 0).text(x.body.bytes());
}

std::optional<numbered_broadcast> parse_broadcast(std::string_view content) {
  field_reader fields{content};
  const auto number = fields.number();
  std::string topic{fields.text()};
  std::string event{fields.text()};
  const auto binary = fields.number();
  std::string bytes{fields.text()};
  if (fields.failed())
    return std::nullopt;
  auto body = binary != 0 ? payload::binary(std::move(bytes)) : payload::from_text(std::move(bytes));
  return numbered_broadcast{number,
                            caf::make_counted<const broadcast>(std::move(topic), std::move(event), std::move(body))};
}

} // namespace bennu::engine
