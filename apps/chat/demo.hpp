#pragma once

#include <string>
#include <vector>

#include "apps/chat/services.hpp"
#include "apps/chat/store.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace chat {

/// Who says what in a room of the demo.
struct demo_line {
  size_t robot;
  std::string text;
};

/// A room of the demo: its robots go through the lines, over and over.
struct demo_room {
  room place;
  std::vector<user> robots;
  std::vector<demo_line> lines;
};

/// Makes the demo's rooms and robots, unless they are there, and lets an empty room begin with something said. Nobody can sign in as a
/// robot. @throws std::runtime_error when the database fails, or a human has a robot's name.
std::vector<demo_room> prepare_demo(store& into);

/// The robots of a room as a child of a tree: present, talking while somebody is there to hear it, answering whoever mentions one of them.
/// What they say is stored and told as any message. `permanent`; a new one begins with the first line.
bennu::child_spec demo_talk(demo_room place, services_ptr shared, bennu::node& home);

} // namespace chat
