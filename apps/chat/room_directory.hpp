#pragma once

#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/store.hpp"

namespace chat {

/// Which rooms there are and who may join them, in memory: a channel's `join` answers at once and may not wait for a database.
///
/// Filled from the store at the start and told of every room that is added after it was stored.
/// Thread safety: any thread.
class room_directory {
public:
  void add(room_members x);

  /// The room as the user sees it; nothing when there is none.
  std::optional<room_access> find(std::string_view room_id, int64_t user_id) const;

private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, room_members, std::less<>> rooms_;
};

} // namespace chat
