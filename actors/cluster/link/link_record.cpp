#include "actors/cluster/link/link_record.hpp"

#include <chrono>

#include "actors/cluster/link/link_session.hpp"
#include <bennu/supervision/fault.hpp>

namespace bennu::engine {

uint64_t cluster_link::micros_now() const {
  using namespace std::chrono;
  return static_cast<uint64_t>(duration_cast<microseconds>(wall_clock::now().time_since_epoch()).count());
}

std::string to_string(const link_state& x) {
  constexpr const char* phases[] = {"down", "connecting", "up"};
  auto number = [](auto n) { return std::to_string(n); };
  return std::string{phases[static_cast<size_t>(x.now)]} + ", queued " + number(x.queued_blocks) + " blocks of "
         + number(x.queued_bytes) + " bytes, in flight " + number(x.in_flight_bytes) + " of " + number(x.window_bytes)
         + " bytes, sessions " + number(x.sessions) + ", lost " + number(x.lost_blocks) + " blocks, refused "
         + number(x.refused_blocks) + " blocks";
}

link_state link_record::state() {
  using enum link_state::phase;
  std::lock_guard guard{mutex};
  return {.peer = name,
          .now = is_open        ? up
                 : is_connected ? connecting
                                : down,
          .queued_blocks = queue.blocks(),
          .queued_bytes = queue.bytes(),
          .in_flight_bytes = in_flight,
          .window_bytes = link_session::window,
          .sessions = sessions,
          .lost_blocks = lost,
          .refused_blocks = refused,
          .round_trip = is_open ? round_trip : std::chrono::microseconds{0},
          .sent_bytes = sent_bytes,
          .received_bytes = received_bytes};
}

} // namespace bennu::engine
