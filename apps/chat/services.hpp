#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/send.hpp>

#include "apps/chat/chat_metrics.hpp"
#include "apps/chat/games.hpp"
#include "apps/chat/store_pool.hpp"
#include "apps/chat/token.hpp"
#include "apps/chat/window_limiter.hpp"
#include "apps/chat/word_filter.hpp"
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/blocking_pool.hpp>

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

  /// 30 messages a minute: a fast writer's pace; a flood is over it in a second. The database counts over all nodes; this keeps a flood
  /// away from it.
  window_limiter messages{30, std::chrono::seconds{60}};

  /// 10 failures a minute: a forgetful human stays below, guessing becomes hopeless.
  window_limiter failed_sign_ins{10, std::chrono::seconds{60}};

  store_pool storage;

  /// A hash takes 64 MiB and tens of milliseconds of a core: one at a time leaves the rest to the chat.
  bennu::blocking_pool hashing{{.name = "password hashing", .threads = 1, .max_queued = 256}};

  /// Runs `work` there; drops it when too much waits.
  void hash(std::function<void()> work) const {
    if (auto pool = hashing.handle())
      caf::anon_send(pool, bennu::make_blocking_job(std::move(work), "password hash"));
  }

  /// What of this runs under the program's tree: before the first client, until after the last.
  std::vector<bennu::child_spec> children() const {
    return {storage.supervised(), hashing.supervised("password hashing")};
  }

  /// Set before the first client, as the next.
  std::shared_ptr<game_registry> games;

  /// Where news that no channel tells is told.
  bennu::pubsub* topics = nullptr;
};

using services_ptr = std::shared_ptr<services>;

} // namespace chat
