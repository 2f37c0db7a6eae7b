#include "actors/presence/shape.hpp"

#include "actors/json/text.hpp"

namespace bennu::engine {

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
