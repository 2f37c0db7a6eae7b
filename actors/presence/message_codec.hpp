#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/presence/message.hpp"

namespace bennu::engine {

/// A message of one shard of presence as it travels to other nodes: the number of the shard, the kind, the fields.
void append_presence_message(std::string& out, size_t shard, const presence_message& x);

/// @returns nothing for what is no presence message.
std::optional<std::pair<size_t, presence_message>> parse_presence_message(std::string_view content);

} // namespace bennu::engine
