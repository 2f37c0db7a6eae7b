#include <bennu/actors/broadcast.hpp>

#include "actors/wire/serializer.hpp"

namespace bennu {

using namespace engine;

const frame_ptr& broadcast::encoded(const serializer& format) const {
  auto& slot = encodings_[&format == &serializer_v1() ? 0 : 1];
  std::call_once(slot.once, [&] {
    try {
      slot.bytes = format.broadcast(topic, event, body);
    } catch (const encode_error&) {
      // This format cannot say it (a binary payload to a topic of more than 255 bytes in v2): its clients miss the message, the others
      // must not suffer.
    }
  });
  return slot.bytes;
}

} // namespace bennu
