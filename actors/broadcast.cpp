#include <bennu/actors/broadcast.hpp>

#include <memory>
#include <stdexcept>
#include <utility>

#include "actors/history/place.hpp"
#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include "actors/wire/serializer.hpp"

namespace bennu {

using namespace engine;

broadcast::broadcast(std::string to_topic, std::string named, payload carrying, const void* sender)
  : topic(std::move(to_topic)), event(std::move(named)), body(std::move(carrying)), from(sender) {
  if (!is_utf8(topic))
    throw std::invalid_argument("the topic of a broadcast must be UTF-8");
  if (!is_utf8(event))
    throw std::invalid_argument("the event of a broadcast must be UTF-8");
}

/// The frame for one of the application's serializers. It never moves.
struct broadcast::foreign_encoding : encoding {
  foreign_encoding(const serializer& of, foreign_encoding* after) : format(of), next(after) {}
  const serializer& format;
  foreign_encoding* next;
};

broadcast::~broadcast() {
  for (auto* x = foreign_.load(std::memory_order_acquire); x != nullptr;)
    delete std::exchange(x, x->next);
}

// Threads that add the first two at the same time: the one that comes later looks again.
broadcast::encoding& broadcast::encoding_of(const serializer& format) const {
  if (&format == &serializer_v2())
    return encodings_[1];
  if (&format == &serializer_v1())
    return encodings_[0];
  auto* first = foreign_.load(std::memory_order_acquire);
  std::unique_ptr<foreign_encoding> added;
  for (;;) {
    for (auto* x = first; x != nullptr; x = x->next)
      if (&x->format == &format)
        return *x;
    if (!added)
      added = std::make_unique<foreign_encoding>(format, first);
    added->next = first;
    if (foreign_.compare_exchange_weak(first, added.get(), std::memory_order_acq_rel, std::memory_order_acquire))
      return *added.release();
  }
}

std::string_view broadcast::position() const noexcept {
  return place ? std::string_view{place->position} : std::string_view{};
}

bool broadcast::is_old() const noexcept {
  return place && (place->is_old || place->gap != 0);
}

frame_ptr broadcast::follow_up(const serializer& format) const {
  if (!body.is_binary() || &format == &serializer_v1())
    return nullptr;
  if (&format != &serializer_v2())
    return format.broadcast_at(place->position, topic, "position", {});
  std::call_once(place->once, [&] { place->follow_up = format.broadcast_at(place->position, topic, "position", {}); });
  return place->follow_up;
}

const frame_ptr& broadcast::encoded(const serializer& format) const {
  auto& cached = encoding_of(format);
  std::call_once(cached.once, [&] {
    try {
      cached.bytes =
        place ? format.broadcast_at(place->position, topic, event, body) : format.broadcast(topic, event, body);
    } catch (const encode_error&) {
      // The format cannot express this broadcast (a binary payload to a topic of more than 255 bytes in v2). Its
      // clients miss the message; the others must receive it.
    }
  });
  return cached.bytes;
}

} // namespace bennu
