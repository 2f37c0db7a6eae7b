#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/presence/message.hpp"

namespace bennu::engine {

/// Encodes a message of one shard of presence for other nodes: the number of the shard, the kind, the fields.
void append_presence_message(std::string& out, size_t shard, const presence_message& x);

/// @returns nothing when it is malformed.
std::optional<std::pair<size_t, presence_message>> parse_presence_message(std::string_view content);

} // namespace bennu::engine
