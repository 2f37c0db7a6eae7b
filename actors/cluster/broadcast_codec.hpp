#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actors/broadcast.hpp"

namespace bennu {

/// A broadcast as it travels to other nodes: topic, event, whether the payload is binary, its bytes.
void append_broadcast(std::string& out, const broadcast& x);

/// @returns null for what is no broadcast. JSON is believed: only an authenticated node can have sent it.
broadcast_ptr parse_broadcast(std::string_view content);

} // namespace bennu
