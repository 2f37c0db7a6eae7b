#pragma once

#include <nlohmann/json_fwd.hpp>

#include <bennu/supervision/tree.hpp>

namespace bennu {

/// A supervision tree as JSON, for tools that show or watch it. Each actor is one object:
///
///     {"id": "rooms", "label": "rooms", "actor": 7, "type": "supervisor", "state": "running", "answers": true,
///      "since_ms": 1500, "restarts": 0, "restarts_left": 3, "mailbox": {"depth": 0, "high_water": 4},
///      "last_crash": "crashed: bad index", "children": [...], "hidden": 0}
///
/// `actor` is null when the child has no actor at the moment, `last_crash` when it has not crashed. Workers have
/// neither `children` nor `hidden`. `hidden` is the number of children that the snapshot left out.
/// Thread safety: any thread may call it.
nlohmann::json to_json(const tree_node& root);

} // namespace bennu
