#pragma once

#include <cstdint>

namespace bennu::bench {

/// Runs the server that the benchmarks compare with: one thread, a plain epoll loop, one `send()` for each subscriber
/// and message, no actors, no batching. It speaks only what the benchmarks need: the upgrade, `phx_join`, `ping` and
/// `pub`.
///
/// It listens on 127.0.0.1 (with port 0 on any free port), prints `ready PORT`, and runs until SIGTERM or SIGINT.
/// @throws std::system_error when it cannot listen.
void run_baseline_server(uint16_t port);

} // namespace bennu::bench
