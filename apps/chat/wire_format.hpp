#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/chat/store.hpp"

namespace chat {

using json = nlohmann::json;

/// The JSON objects of the chat's wire contract.
json to_json(const user& x);         ///< `{"id","name"}`
json to_json(const room& x);         ///< `{"id","name","private"}`
json to_json(const message& x);      ///< `{"id","body","user","timestamp"}`, with `"client_id"` where it has one
json to_json(const notification& x); ///< `{"id","room_id","message_id","from","read"}`

template <class T>
json to_json_array(const std::vector<T>& xs) {
  auto list = json::array();
  for (auto& x : xs)
    list.push_back(to_json(x));
  return list;
}

/// `{"reason":"unavailable"}`, with `"may_be_stored":true` when the outcome is unknown.
json unavailable_reason(const store_failure& why);

/// Milliseconds since 1970, by the clock of the node, which the fault `clock` lets jump.
int64_t unix_ms();

/// Milliseconds since 1970 as ISO 8601 in UTC: `2026-01-31T12:34:56.789Z`.
std::string iso_time(int64_t ms);

/// The path of a user's picture: `/avatars/ann.svg`.
std::string avatar_url(const user& x);

/// That picture as SVG: the initials of the name on a colour that depends on the name. The same name always gives the
/// same picture.
std::string avatar_svg(std::string_view name);

} // namespace chat
