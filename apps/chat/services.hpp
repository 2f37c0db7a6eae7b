#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/chat/chat_metrics.hpp"
#include "apps/chat/games.hpp"
#include "apps/chat/hashing_queue.hpp"
#include "apps/chat/store_pool.hpp"
#include "apps/chat/text_rules.hpp"
#include "apps/chat/window_limiter.hpp"
#include <bennu/actors/pubsub.hpp>

namespace chat {

/// What the chat's sockets, channels and HTTP handlers share. Made before the server, destroyed after it.
///
/// Thread safety: any thread may use any member.
struct services {
  services(const store_factory& make, token_key key, word_filter filter)
    : tokens(std::move(key)), words(std::move(filter)), storage(make, {}, numbers) {}

  const std::shared_ptr<chat_metrics> numbers = std::make_shared<chat_metrics>();
  const token_key tokens;
  const word_filter words;

  /// Clients may crash their channel on purpose, with the event `boom`.
  bool dev_mode = false;

  /// For tests and for trying things out. To be called before the first client.
  void allow_faults() {
    dev_mode = true;
    sign_ups.widen(10); // of one machine that plays many users
  }

  /// What one user or address may do, on this node.
  using seconds = std::chrono::seconds;

  /// 30 messages a minute: a fast writer's pace; a flood is over it in a second. The database counts over all nodes;
  /// this keeps a flood away from it.
  window_limiter messages{30, seconds{60}};

  /// Told to every member of a room: a page tells when somebody begins and ends, not every key.
  window_limiter typing{20, seconds{10}};

  /// Told to every member of a room, in presence: a page has one status and tells it in each room that is opened.
  window_limiter statuses{20, seconds{10}};

  /// Questions to the database: older messages, members, what is unread. Scrolling back as fast as one can look stays
  /// below.
  window_limiter questions{30, seconds{10}};

  /// Games that have no room, for each user; a game lives for ten minutes after the last move, and there is room for
  /// 10,000.
  window_limiter new_games{60, std::chrono::minutes{10}};

  window_limiter new_rooms{30, seconds{60}};
  room_limits most_rooms{};

  /// 10 failures a minute, for each `address_key`: a forgetful human stays below, guessing becomes hopeless.
  window_limiter failed_sign_ins{10, seconds{60}};

  /// For each `address_key`: a school class behind one address gets in within two minutes. In all: a quarter of what
  /// can be hashed.
  window_limiter sign_ups{20, seconds{60}};
  window_limiter all_sign_ups{300, seconds{60}};

  /// Counts an event of a user. @returns whether it is over the limit, which is also counted.
  bool over_limit(window_limiter& limiter, const char* name, const user& who) {
    if (limiter.take(std::to_string(who.id), window_limiter::clock::now()))
      return false;
    numbers->limited(name);
    return true;
  }

  store_pool storage;

  hashing_queue hashing;

  /// What of this runs under the program's tree: before the first client, until after the last.
  std::vector<bennu::child_spec> children() const { return {storage.supervised(), hashing.supervised()}; }

  /// Set before the first client, as the next.
  std::shared_ptr<game_registry> games;

  /// Where news that no channel tells is told.
  bennu::pubsub* topics = nullptr;
};

using services_ptr = std::shared_ptr<services>;

using json = nlohmann::json;

/// `{"reason": text}`: why a join or an event was refused.
inline json reason(const char* text) {
  return {{"reason", text}};
}

/// `{"errors": {field: [text]}}`: what is wrong with a field.
inline json field_errors(const char* field, const char* text) {
  return {{"errors", {{field, {text}}}}};
}

} // namespace chat
