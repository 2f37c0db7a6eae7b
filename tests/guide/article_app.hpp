#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/actors/rate_limit.hpp>
#include <bennu/supervision/fault.hpp>

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
  std::chrono::milliseconds inserted_at{0}; ///< since 1970
};

/// The time of the wall clock, since 1970.
inline std::chrono::milliseconds now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(bennu::wall_clock::now().time_since_epoch());
}

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
    return all.emplace_back(message{static_cast<int>(all.size()) + 1, body, author, now()});
  }

  std::vector<message> recent(const std::string& room) {
    std::lock_guard guard{mutex_};
    return messages_[room];
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::vector<message>> messages_;
};

/// What people may write.
struct content_filter {
  /// The text without blanks at both ends.
  static std::string sanitize(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
    return begin == text.npos ? std::string{} : std::string{text.substr(begin, end - begin + 1)};
  }

  /// @returns why a text is not allowed, or nothing.
  static std::optional<std::string> refusal(std::string_view text) {
    return text.find("://") == text.npos ? std::nullopt : std::optional<std::string>{"links are not allowed"};
  }
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
