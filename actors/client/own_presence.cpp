#include "actors/client/own_presence.hpp"

#include <atomic>

#include "actors/client/channel_join.hpp"

namespace bennu::engine {

namespace {

uint64_t next_client() noexcept {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

} // namespace

own_presence::own_presence(channel_join& join) : join_(join), knowledge_{next_client(), 0} {}

uint64_t own_presence::client() const noexcept {
  const bool can_tell = join_.state.phase() == join_phase::joined && std::this_thread::get_id() == thread_;
  return can_tell ? knowledge_.client : 0;
}

void own_presence::tell(const payload& diff) {
  try {
    join_.tell(join_.topic(), "presence_diff", diff);
  } catch (const encode_error&) {
    // The client's format cannot express it, so that the client misses it like a broadcast.
  }
}

} // namespace bennu::engine
