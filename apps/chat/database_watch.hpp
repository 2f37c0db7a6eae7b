#pragma once

#include <memory>

#include "apps/chat/database.hpp"
#include "apps/chat/services.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/transport/http.hpp>

namespace chat {

/// Looks after the database when nobody else does: every 10 s, and every 2 s while it does not serve, it writes
/// something to it. Logs one line when trouble begins, one when it is over. A permanent child. Until it is made,
/// trouble is not logged.
bennu::child_spec database_watch(const std::shared_ptr<database>& place, const services_ptr& shared);

/// `/health` and `/health/ready` that know of the database. While it does not serve, `/health` is still 200, since the
/// node is alive and its clients stay connected, with `"ready":false` and `"database":"unavailable"`; `/health/ready`
/// is 503.
bennu::http_handler health_with_database(bennu::http_handler node, std::shared_ptr<database> place);

} // namespace chat
