#pragma once

#include <nlohmann/json_fwd.hpp>

#include <bennu/supervision/tree.hpp>

namespace bennu {

/// A supervision tree as JSON, for programs that watch others. One object an actor:
///
///     {"id": "rooms", "label": "rooms", "actor": 7, "type": "supervisor", "state": "running", "answers": true, "since_ms": 1500,
///      "restarts": 0, "restarts_left": 3, "mailbox": {"depth": 0, "high_water": 4}, "last_crash": "crashed: bad index",
///      "children": [...], "hidden": 0}
///
/// `actor` is null where there is none, `last_crash` where there was none; a worker has neither `children` nor `hidden`.
nlohmann::json to_json(const tree_node& root);

} // namespace bennu
