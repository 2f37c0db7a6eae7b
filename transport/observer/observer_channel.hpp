#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/reply.hpp>

#include "transport/observer/question.hpp"

namespace bennu::engine {

class observer_service;
class token_guard;

/// A client of the observer, who has shown the token.
class observer_socket : public socket {
public:
  explicit observer_socket(token_guard& guard) : guard_(guard) {}

  /// A wrong token is refused with 403, too many wrong ones with 429. The endpoint refuses pages of other hosts.
  connect_result connect(const connect_info& info) override;

  const std::string& peer() const noexcept { return peer_; }

private:
  token_guard& guard_;
  std::string peer_;
};

/// The channel `observer`: a client asks for views (`ask`), watches them (`watch`, `unwatch`) and acts (`act`).
///
/// A watched view is asked again when its interval is over and the last answer has come, and pushed as `changed` when
/// it differs. While much waits for a client that reads slowly, its views are not asked: it gets fewer of them.
class observer_channel : public channel {
public:
  observer_channel(channel_context context, observer_service& of) : channel(context), of_(of) {}

  join_result join(const json& params) override;
  const event_table& handle_in() const override;
  caf::message_handler handle_info() override;

  /// How many views one client may watch.
  static constexpr size_t max_watches = 16;

  /// How many questions of one client may be under way; more are answered with an error.
  static constexpr size_t max_open = 32;

  /// How many bytes may wait for a client before its views are no longer asked.
  static constexpr size_t max_unsent_bytes = size_t{64} << 10;

private:
  struct watched {
    std::string view;
    json params;
    std::chrono::milliseconds every{};
    uint64_t generation = 0; ///< a later watch with the same id has another one
    uint64_t last = 0;       ///< the hash of what the client knows
    bool is_asked = false;
    std::shared_ptr<deferred_reply> first; ///< until the first answer has come
  };

  reply ask(const payload& in);
  reply watch(const payload& in);
  reply unwatch(const payload& in);
  reply act(const payload& in);

  void begin(observer_question::type what, const json& in, deferred_reply later);
  void ask_watched(const std::string& id, watched& x);
  void watched_answered(const std::string& id, uint64_t generation, observer_answer answer);
  void watch_due(const std::string& id, uint64_t generation);

  observer_service& of_;
  std::map<std::string, watched> watches_;
  uint64_t generations_ = 0;
  size_t open_ = 0;
};

/// `/observer/socket` with its channel. REQUIRES: both outlive the server.
endpoint observer_endpoint(observer_service& of, token_guard& guard);

/// Messages of the channel to itself.
struct observer_answered {
  deferred_reply to;
  std::shared_ptr<const observer_answer> with;
};
struct observer_watch_answered {
  std::string id;
  uint64_t generation;
  std::shared_ptr<const observer_answer> with;
};
struct observer_watch_due {
  std::string id;
  uint64_t generation;
};

BENNU_MESSAGE(observer_answered)
BENNU_MESSAGE(observer_watch_answered)
BENNU_MESSAGE(observer_watch_due)

} // namespace bennu::engine
