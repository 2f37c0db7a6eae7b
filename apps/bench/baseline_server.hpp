#pragma once

#include <cstdint>

namespace bennu::bench {

/// The floor to compare against: one thread, one plain epoll loop, one `send()` per subscriber and
/// message, no actors, no batching. It speaks only what the benchmarks need: the upgrade,
/// `phx_join`, `ping` and `pub`.
///
/// Serves 127.0.0.1 (port 0: any free one), prints `ready PORT`, and runs until SIGTERM or SIGINT.
void run_baseline_server(uint16_t port);

} // namespace bennu::bench
