#include "actors/cluster/hub/parcel.hpp"

#include "actors/cluster/link/fields.hpp"

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

} // namespace bennu::engine
