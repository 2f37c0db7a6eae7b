#include "actors/presence/entry.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "actors/json/text.hpp"
#include "supervision/process/numbers.hpp"

namespace bennu::engine {

presence_meta presence_meta::make(const payload& value, std::string ref, std::string prev) {
  auto own = value.is_binary() ? std::nullopt : without_json_members(value.bytes(), {"phx_ref", "phx_ref_prev"});
  if (!own)
    throw std::invalid_argument(std::string{"the meta of a presence must be a JSON object, not "}
                                + (value.has_value() ? value.value().type_name() : "binary or nested too deep"));
  if (own->size() > max_presence_meta_bytes)
    throw std::invalid_argument("the meta of a presence may have " + std::to_string(max_presence_meta_bytes)
                                + " bytes, not " + std::to_string(own->size()));
  return {payload::from_text(std::move(*own)), std::move(ref), std::move(prev)};
}

uint64_t presence_fingerprint(const presence_entry& entry) noexcept {
  // The ref stands for all the rest; mixed, so that sums spread.
  return mixed(fnv1a(entry.meta.ref, fnv1a_offset ^ entry.id));
}

namespace {

void append_meta(std::string& out, const presence_meta& meta) {
  const auto body = meta.body.bytes();
  out += body.substr(0, body.size() - 1); // without the closing brace
  out += body == "{}" ? "\"phx_ref\":" : ",\"phx_ref\":";
  append_json_string(out, meta.ref);
  if (!meta.prev.empty()) {
    out += ",\"phx_ref_prev\":";
    append_json_string(out, meta.prev);
  }
  out += '}';
}

} // namespace

void append_metas(std::string& out, const std::vector<const presence_meta*>& metas) {
  out += "{\"metas\":[";
  for (const auto* meta : metas) {
    if (meta != metas.front())
      out += ',';
    append_meta(out, *meta);
  }
  out += "]}";
}

void append_groups(std::string& out, const presence_groups& groups) {
  out += '{';
  bool first = true;
  for (const auto& [key, metas] : groups) {
    out += first ? "" : ",";
    first = false;
    append_json_string(out, key);
    out += ':';
    append_metas(out, metas);
  }
  out += '}';
}

} // namespace bennu::engine
