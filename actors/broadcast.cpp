#include "actors/broadcast.hpp"

#include "actors/serializer.hpp"

namespace bennu {

const frame_ptr& broadcast::encoded(const serializer& format) const {
  auto& slot = encodings_[&format == &serializer_v1() ? 0 : 1];
  std::call_once(slot.once, [&] { slot.bytes = format.broadcast(topic, event, body); });
  return slot.bytes;
}

} // namespace bennu
