#include "apps/bench/benchmarks.hpp"
#include "apps/bench/crowd.hpp"
#include "apps/bench/echo_run.hpp"

namespace bennu::bench {

figures echo(const target& server, const options& how) {
  figures result;
  for (const auto window : how.windows) {
    poller loop;
    crowd everybody(loop, server, how.clients, [](size_t i) { return "bench:echo-" + std::to_string(i); });
    echo_run run(loop, everybody, how, window);
    run.run_until(std::chrono::steady_clock::now() + how.duration / 4);
    run.forget_latency();
    const auto warm_up = run.echoes();
    meter measured(server);
    run.run_until(std::chrono::steady_clock::now() + how.duration);
    measured.stop();
    append_timed(result, "echo " + std::to_string(how.clients) + ", window " + std::to_string(window), "echo", measured,
                 static_cast<double>(run.echoes() - warm_up), run.latency());
  }
  return result;
}

} // namespace bennu::bench
