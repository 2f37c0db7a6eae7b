#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "actors/cluster/calls/node_calls.hpp"
#include "supervision/process/local_message.hpp"
#include "supervision/trace/open_span.hpp"
#include "transport/publish/key_ring.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// What a request of the API asks for.
enum class api_action : uint8_t { publish, presence, disconnect, topics };

/// A request of the API that was admitted. It has a place among those of its key until it is answered.
///
/// It is answered exactly once: when nobody has done so and it is destroyed, which a crash of the actor and the stop of
/// the node cause, with 503.
/// Thread safety: none; one thread at a time has it.
class api_request {
public:
  api_request(api_action of, known_key_ptr key, http_request request, http_reply reply);
  api_request(const api_request&) = delete;
  api_request& operator=(const api_request&) = delete;

  void answer(http_response x);
  bool is_answered() const noexcept { return reply_.told(); }

  /// It occupies so many bytes from now on, for instance because its messages were read. @returns false when its key
  /// has no room for them: it must be refused then.
  bool resize(size_t bytes) noexcept;

  const api_action what;
  const known_key_ptr by;
  http_request in;                 ///< whoever has read its parts may drop them
  std::unique_ptr<open_span> span; ///< until it is answered; null: nothing is traced

  /// What it occupies until it is answered, and where.
  static size_t size_of(const http_request& x) noexcept;
  static waiting_room& room_of(const known_key& by, api_action what) noexcept;

private:
  size_t size_;
  sure_call<std::optional<http_response>>
    reply_; ///< nothing: the request was lost. The last member: it uses the others
};

using api_request_ptr = std::shared_ptr<api_request>;

/// A message to the actor of the API.
struct api_requested {
  using local_message = void;
  api_request_ptr request;
};

} // namespace bennu::engine
