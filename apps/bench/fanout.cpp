#include "apps/bench/benchmarks.hpp"
#include "apps/bench/crowd.hpp"
#include "apps/bench/fanout_run.hpp"

namespace bennu::bench {

figures fanout(const target& server, const options& how) {
  figures result;
  for (const auto window : how.windows) {
    poller loop;
    crowd room(loop, server, how.subscribers, [](size_t) { return std::string{"bench:x"}; });
    fanout_run run(loop, room, how, window);
    run.run_until(std::chrono::steady_clock::now() + how.duration / 4);
    run.forget_latency();
    const auto warm_up = run.deliveries();
    meter measured(server);
    run.run_until(std::chrono::steady_clock::now() + how.duration);
    measured.stop();
    append_timed(result, "fanout " + std::to_string(how.subscribers) + ", window " + std::to_string(window), "delivery",
                 measured, static_cast<double>(run.deliveries() - warm_up), run.latency());
  }
  return result;
}

} // namespace bennu::bench
