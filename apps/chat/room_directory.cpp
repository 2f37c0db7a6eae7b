#include "apps/chat/room_directory.hpp"

#include <mutex>

namespace chat {

void room_directory::add(room_members x) {
  std::unique_lock lock{mutex_};
  rooms_.insert_or_assign(x.place.id, std::move(x));
}

std::optional<room_access> room_directory::find(std::string_view room_id, int64_t user_id) const {
  std::shared_lock lock{mutex_};
  auto found = rooms_.find(room_id);
  if (found == rooms_.end())
    return std::nullopt;
  auto& [place, members] = found->second;
  return room_access{place, !place.is_private || members.contains(user_id)};
}

} // namespace chat
