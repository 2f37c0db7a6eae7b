#include "apps/chat/room_visit.hpp"

#include <chrono>
#include <utility>

#include "apps/chat/wire_format.hpp"

namespace chat {

namespace {

std::string now_text() {
  using namespace std::chrono;
  return iso_time(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

} // namespace

room_visit::room_visit(bennu::pubsub& topics, room where, const user& guest)
  : place(std::move(where)), meta{{"name", guest.name},
                                  {"avatar", avatar_url(guest)},
                                  {"joined_at", now_text()},
                                  {"status", "online"}},
    topics_(topics), guest_(guest.id) {}

room_visit::~room_visit() {
  if (announced)
    topics_.broadcast("room:" + place.id, "user_left", json{{"user_id", guest_}});
}

} // namespace chat
