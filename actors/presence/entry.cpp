#include "actors/presence/entry.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace bennu {

presence_meta presence_meta::make(const json& value, std::string ref, std::string prev) {
  if (!value.is_object())
    throw std::invalid_argument(std::string{"the meta of a presence must be a JSON object, not "} + value.type_name());
  const auto make_body = [&]() -> payload {
    if (!value.contains("phx_ref") && !value.contains("phx_ref_prev"))
      return value;
    auto own = value;
    own.erase("phx_ref");
    own.erase("phx_ref_prev");
    return own;
  };
  return {make_body(), std::move(ref), std::move(prev)};
}

uint64_t presence_fingerprint(const presence_entry& entry) noexcept {
  // FNV-1a over the ref, which stands for all the rest, then a finalizer so that sums spread.
  uint64_t hash = 0xCBF29CE484222325U ^ entry.id;
  for (const char c : entry.meta.ref)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCDU;
  return hash ^ hash >> 33;
}

} // namespace bennu
