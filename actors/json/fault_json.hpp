#pragma once

#include <nlohmann/json_fwd.hpp>

#include <bennu/supervision/fault.hpp>

namespace bennu::engine {

/// A fault as JSON: the member `fault` has its word, the others are those that the action has.
///
///     crash, drop    node label event probability seed times
///     delay          the same, and time
///     refuse         node label probability seed times        (label: the id of a child)
///     full_disk      node label probability seed times        (label: what is written, such as log)
///     cut            node peer
///     slow           node peer time
///     pause          node time
///     kill           node
///     clock          node jump
///
/// Times are in milliseconds. A `crash` without an event happens at once.
nlohmann::json to_json(const fault& x);

/// @throws std::invalid_argument with what is wrong and what is allowed: an unknown word or member, a value of another
/// type, a contradiction (`fault::check`).
fault fault_from_json(const nlohmann::json& in);

} // namespace bennu::engine
