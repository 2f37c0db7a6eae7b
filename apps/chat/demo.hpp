#pragma once

#include <string>
#include <vector>

#include "apps/chat/services.hpp"
#include "apps/chat/store.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace chat {

/// A line in a room of the demo, and its speaker.
struct demo_line {
  size_t robot;
  std::string text;
};

/// A room of the demo. Its robots repeat the lines for ever.
struct demo_room {
  room place;
  std::vector<user> robots;
  std::vector<demo_line> lines;
};

/// Creates the rooms and robots of the demo unless they exist, and stores a first message in an empty room. No client
/// can sign in as a robot.
/// @throws std::runtime_error when the database fails, or a human has the name of a robot.
std::vector<demo_room> prepare_demo(store& into);

/// The robots of a room as a child of a supervision tree. They are present, talk while a client is in the room, and
/// answer clients that mention one of them. Their messages are stored and announced like any other. `permanent`;
/// after a restart they begin with the first line.
bennu::child_spec demo_talk(demo_room place, services_ptr shared, bennu::node& home);

} // namespace chat
