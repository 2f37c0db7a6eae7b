#pragma once

#include <memory>
#include <string>

#include "apps/chat/room_directory.hpp"
#include "apps/chat/store_pool.hpp"
#include "apps/chat/token.hpp"
#include "apps/chat/window_limiter.hpp"
#include "apps/chat/word_filter.hpp"
#include "apps/chat/worker_pool.hpp"

namespace chat {

/// What the chat's sockets, channels and HTTP handlers share. Made before the server, destroyed after it.
///
/// Thread safety: any thread may use any member.
struct services {
  services(const store_factory& make, token_key key, word_filter filter)
    : tokens(std::move(key)), words(std::move(filter)), storage(make, {}) {}

  const token_key tokens;
  const word_filter words;

  /// Clients may crash their channel on purpose, with the event `boom`.
  bool dev_mode = false;

  room_directory rooms;

  /// 30 messages a minute: a fast writer's pace; a flood is over it in a second.
  window_limiter messages{30, std::chrono::seconds{60}};

  /// 10 failures a minute: a forgetful human stays below, guessing becomes hopeless.
  window_limiter failed_sign_ins{10, std::chrono::seconds{60}};

  store_pool storage;

  /// A hash takes 64 MiB and tens of milliseconds of a core: one at a time leaves the rest to the chat.
  worker_pool hashing{1, 256};
};

using services_ptr = std::shared_ptr<services>;

} // namespace chat
