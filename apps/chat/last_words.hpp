#pragma once

#include "apps/chat/services.hpp"
#include <bennu/actors/channel_options.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace chat {

/// Announces messages that another node stored and could not announce any more, because it died.
///
/// A message is stored before it is announced, so a node that is killed in between leaves one that is in the database
/// and on nobody's page. When a node is gone, the first of the others by name compares the database with the histories
/// of the rooms, and announces what is missing there. After a cut that was no death the announcement of the other
/// node arrives, too, so that clients receive such a message twice, with the same id. Whom it mentions learns that at
/// the next join.
///
/// While the database is away it asks again and again; how far it looks back ends where the histories end. A new one of
/// these actors, after a crash, looks once.
///
/// A permanent child. `kept` is the history of the rooms. REQUIRES: `home` is part of a cluster, and `shared->topics`
/// is set.
bennu::child_spec last_words(bennu::node& home, const services_ptr& shared, const bennu::history& kept);

} // namespace chat
