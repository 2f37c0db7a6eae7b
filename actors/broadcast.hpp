#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include <bennu/actors/fwd.hpp>
#include <bennu/actors/payload.hpp>

namespace bennu::engine {
class broadcast_trace;
class presence_batch;
struct history_place;
} // namespace bennu::engine

namespace bennu {

/// One message to all subscribers of a topic, as io units and subscribed actors receive it.
///
/// It is encoded at most once for each serializer, when the first frame is needed.
/// Thread safety: any thread may read it.
class broadcast : public caf::ref_counted {
public:
  /// @throws std::invalid_argument when the topic or the event is not UTF-8, because no client could receive it.
  broadcast(std::string to_topic, std::string named, payload carrying, const void* sender = nullptr);
  ~broadcast() override;

  const std::string topic; ///< valid UTF-8
  const std::string event; ///< valid UTF-8
  const payload body;      ///< what subscribers receive
  const void* const from;  ///< the subscriber that must not receive it, or null; compared, never dereferenced

  /// For a diff of presences: the batch of changes that it comes from, and its position among the diffs of the batch.
  /// Set before the broadcast is shared.
  std::shared_ptr<const engine::presence_batch> batch;
  size_t batch_index = 0; ///< 0 when it comes from no batch

  /// Its span on this node; null when it is not traced. Set before the broadcast is shared.
  std::shared_ptr<engine::broadcast_trace> trace;

  /// Its place in the history of its topic; null when it has none. Set before the broadcast is shared.
  std::unique_ptr<const engine::history_place> place;

  /// The position of a client that has received it and everything before; empty when the topic has no history.
  std::string_view position() const noexcept;

  /// Whether it was published before this node started, or tells of a gap in the history. Only clients of a topic with
  /// history see such a one.
  bool is_old() const noexcept;

  /// The frame of this broadcast in `format`; null when the format cannot express it. REQUIRES: `format` outlives this
  /// object.
  const engine::frame_ptr& encoded(const engine::serializer& format) const;

  /// The frame that tells the position after this broadcast, for clients whose frame of it cannot do so; otherwise
  /// null. REQUIRES: it has a place.
  engine::frame_ptr follow_up(const engine::serializer& format) const;

private:
  struct encoding {
    std::once_flag once;
    engine::frame_ptr bytes;
  };
  struct foreign_encoding;

  encoding& encoding_of(const engine::serializer& format) const;

  mutable std::array<encoding, 2> encodings_;               // v1, v2
  mutable std::atomic<foreign_encoding*> foreign_{nullptr}; // the application's serializers that were used, a list
};

/// The message that an actor receives for each broadcast of its topics.
using broadcast_ptr = caf::intrusive_ptr<const broadcast>;

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::broadcast_ptr)
