#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

/// The metas of each key, in order of arrival.
using presence_groups = std::map<std::string_view, std::vector<const presence_meta*>>;

/// Appends `{"metas": [{…, "phx_ref": …, "phx_ref_prev": …}, …]}`.
void append_metas(std::string& out, const std::vector<const presence_meta*>& metas);

/// Appends `{key: {"metas": […]}, …}`.
void append_groups(std::string& out, const presence_groups& groups);

} // namespace bennu::engine
