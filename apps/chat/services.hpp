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

/// The objects that the chat's sockets, channels and HTTP handlers share. They are made before the server and destroyed
/// after it.
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

  /// For tests and for trying things out. Call it before the first client connects.
  void allow_faults() {
    dev_mode = true;
    sign_ups.widen(10); // one machine plays many users
  }

  /// Limits for one user or one address, on this node.
  using seconds = std::chrono::seconds;

  /// 30 messages a minute: a fast writer stays below, a flood exceeds it within a second. The database holds the limit
  /// over all nodes together; this limiter keeps a flood away from the database.
  window_limiter messages{30, seconds{60}};

  /// `typing` events, each of which goes to every member of a room. A page sends one when its user begins and one when
  /// its user stops, not one for each key.
  window_limiter typing{20, seconds{10}};

  /// Changes of a status, each of which goes to every member of a room by presence. A page has one status and sends it
  /// in each room that its user opens.
  window_limiter statuses{20, seconds{10}};

  /// Questions to the database: older messages, members, unread messages. A user who scrolls back as fast as anybody
  /// can look stays below.
  window_limiter questions{30, seconds{10}};

  /// Games without a room that a user enters. A game lives for ten minutes after its last request, and a node runs at
  /// most 10,000.
  window_limiter new_games{60, std::chrono::minutes{10}};

  window_limiter new_rooms{30, seconds{60}};
  room_limits most_rooms{};

  /// 10 failures a minute, for each `bennu::address_key`: a forgetful human stays below, guessing becomes hopeless.
  window_limiter failed_sign_ins{10, seconds{60}};

  /// New accounts. For each `bennu::address_key`: a school class behind one address gets in within two minutes. In
  /// all: a quarter of what the hashing thread can do.
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

  /// The children that run in the program's supervision tree, from before the first client until after the last.
  std::vector<bennu::child_spec> children() const { return {storage.supervised(), hashing.supervised()}; }

  /// Set before the first client, like `topics`.
  std::shared_ptr<game_registry> games;

  /// The node's topics, for broadcasts and subscriptions outside of a channel.
  bennu::pubsub* topics = nullptr;
};

using services_ptr = std::shared_ptr<services>;

using json = nlohmann::json;

/// `{"reason": text}`: why a join or an event was refused.
inline json reason(const char* text) {
  return {{"reason", text}};
}

/// `{"errors": {field: [text]}}`: the reason why a field was refused.
inline json field_errors(const char* field, const char* text) {
  return {{"errors", {{field, {text}}}}};
}

} // namespace chat
