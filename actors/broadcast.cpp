#include <bennu/actors/broadcast.hpp>

#include <stdexcept>
#include <utility>

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

broadcast::~broadcast() = default;

const frame_ptr& broadcast::encoded(const serializer& format) const {
  auto& cached = encodings_[&format == &serializer_v1() ? 0 : 1];
  std::call_once(cached.once, [&] {
    try {
      cached.bytes = format.broadcast(topic, event, body);
    } catch (const encode_error&) {
      // The format cannot express this broadcast (a binary payload to a topic of more than 255 bytes in v2). Its
      // clients miss the message; the others must receive it.
    }
  });
  return cached.bytes;
}

} // namespace bennu
