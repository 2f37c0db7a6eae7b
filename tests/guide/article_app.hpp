#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <bennu/actors/rate_limit.hpp>

/// What the article's application has beside its channels: users, rooms and messages, for the guide "From Phoenix" and
/// its tests. A real one asks a database.
namespace article {

struct user {
  int id = 0;
  std::string name;
  std::string avatar;
};

struct room {
  std::string id;
  std::vector<int> members; ///< empty: open to all
};

struct message {
  int id = 0;
  std::string body;
  user author;
};

/// Thread safety: any thread.
class repo {
public:
  std::map<int, user> users{{1, {1, "Ann", "/ann.png"}}, {2, {2, "Bob", "/bob.png"}}};
  std::map<std::string, room> rooms{{"tea", {"tea", {}}}, {"office", {"office", {2}}}};

  std::optional<room> find_room(const std::string& id) const {
    auto found = rooms.find(id);
    return found == rooms.end() ? std::nullopt : std::optional{found->second};
  }

  /// @returns nothing when the body is empty.
  std::optional<message> insert(const std::string& room, const user& author, const std::string& body) {
    if (body.empty())
      return std::nullopt;
    std::lock_guard guard{mutex_};
    auto& all = messages_[room];
    return all.emplace_back(message{static_cast<int>(all.size()) + 1, body, author});
  }

  std::vector<message> recent(const std::string& room) {
    std::lock_guard guard{mutex_};
    return messages_[room];
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::vector<message>> messages_;
};

/// How often each user may write, over all connections. Thread safety: any thread.
class user_limits {
public:
  bool take(int user, bennu::rate::clock::time_point now) {
    std::lock_guard guard{mutex_};
    return buckets_[user].take(thirty_a_minute_, now);
  }

private:
  const bennu::rate thirty_a_minute_{30, std::chrono::minutes{1}, 30};
  std::mutex mutex_;
  std::map<int, bennu::token_bucket> buckets_;
};

} // namespace article
