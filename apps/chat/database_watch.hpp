#pragma once

#include <memory>

#include "apps/chat/database.hpp"
#include "apps/chat/services.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/transport/http.hpp>

namespace chat {

/// An actor that tests the database by a write, every 10 s and, while the database does not work, every 2 s. Logs one
/// line when trouble begins and one when it is over. A permanent child. Trouble before this call is not logged.
bennu::child_spec database_watch(const std::shared_ptr<database>& place, const services_ptr& shared);

/// Adds the state of the database to `/health` and `/health/ready`. While it does not work, `/health` is still 200,
/// since the node is alive and its clients stay connected, with `"ready":false` and `"database":"unavailable"`;
/// `/health/ready` is 503.
bennu::http_handler health_with_database(bennu::http_handler node, std::shared_ptr<database> place);

} // namespace chat
