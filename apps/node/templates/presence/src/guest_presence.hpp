#pragma once

#include <string>

#include <bennu/actors/presence.hpp>

/// Adds to each presence what the application knows of it, before clients receive it: here a name to show. Whoever is
/// tracked under the key "ann" arrives as `{"ann": {"metas": […], "guest": {"name": "ann"}}}`.
///
/// One instance serves the whole node, from several threads. Its functions must not block: what a database has to tell
/// is read before `track` and put into the meta. <bennu/actors/presence.hpp> documents them.
class guest_presence : public bennu::presence_handler {
public:
  bennu::json fetch(const std::string& topic, bennu::json presences) override;
};
