#include "apps/bench/restarts.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <future>
#include <stdexcept>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <bennu/supervision/child.hpp>
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor.hpp>

namespace bennu::bench {

namespace {

using clock_type = std::chrono::steady_clock;

double milliseconds_since(clock_type::time_point start) {
  return std::chrono::duration<double, std::milli>(clock_type::now() - start).count();
}

/// Reports to its owner that it is ready, and crashes at the next message.
class crasher : public process {
public:
  crasher(caf::actor_config& cfg, caf::actor owner) : process(cfg), owner_(std::move(owner)) {}

protected:
  caf::behavior make_behavior() override {
    send(owner_, caf::ok_atom::value);
    owner_ = nullptr;
    return {[](int) { throw std::runtime_error{"crash on demand"}; }};
  }

private:
  caf::actor owner_;
};

class idle_child : public process {
public:
  using process::process;

protected:
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

/// Crashes each actor that reports that it is ready. Sets `done` after `rounds` crashes.
caf::behavior crash_all(caf::event_based_actor* self, size_t rounds, std::promise<void>* done) {
  return {[self, left = rounds, done](caf::ok_atom) mutable {
    if (left-- == 0) {
      done->set_value();
      self->quit();
      return;
    }
    self->send(caf::actor_cast<caf::actor>(self->current_sender()), 1);
  }};
}

double crash_in_turn(caf::actor_system& system, size_t rounds) {
  std::promise<void> done;
  auto driver = system.spawn(crash_all, rounds, &done);
  auto crashing = child<crasher>("crasher", driver);
  const auto start = clock_type::now();
  auto tree = supervisor_spec{one_for_one}
                .intensity({1'000'000'000, std::chrono::seconds{1}})
                .add(std::move(crashing))
                .start(system);
  done.get_future().wait();
  return static_cast<double>(rounds) / (milliseconds_since(start) / 1000);
}

/// Starts the children of a pool one by one and waits for each answer, because start_child is a call in Erlang too.
class starter : public process {
public:
  starter(caf::actor_config& cfg, caf::actor pool, size_t children, std::promise<void>& finished)
    : process(cfg), pool_(std::move(pool)), left_(children), done_(finished) {}

protected:
  caf::behavior make_behavior() override {
    next();
    return {[](caf::unit_t) {}};
  }

private:
  void next() {
    if (left_-- == 0) {
      done_.set_value();
      return quit();
    }
    request(pool_, caf::infinite, start_child_command{recipe_}).then([this](const child_started&) { next(); });
  }

  caf::actor pool_;
  child_recipe_ptr recipe_ = make_recipe(child<idle_child>("idle"));
  size_t left_;
  std::promise<void>& done_;
};

struct pool_times {
  double start = 0;
  double stop = 0;
};

pool_times start_and_stop(caf::actor_system& system, size_t children) {
  pool_times result;
  caf::scoped_actor self{system};
  auto pool = spawn_dynamic_supervisor(system);
  std::promise<void> done;
  auto start = clock_type::now();
  system.spawn<starter>(pool, children, done);
  done.get_future().wait();
  result.start = milliseconds_since(start);
  start = clock_type::now();
  signal_exit(pool, exits::shutdown());
  self->wait_for(pool);
  result.stop = milliseconds_since(start);
  return result;
}

/// The restarts per second, and the milliseconds that the start and the stop of all children took.
std::array<double, 3> measure_ours(const restart_options& how) {
  config cfg;
  cfg.set("scheduler.max-threads", size_t{2}); // restarts.escript uses two, too
  caf::actor_system system{cfg};
  crash_in_turn(system, how.restarts / 10); // warm-up
  const auto restarts = crash_in_turn(system, how.restarts);
  const auto pool = start_and_stop(system, how.children);
  return {restarts, pool.start, pool.stop};
}

std::array<double, 3> measure_erlang(const restart_options& how) {
  const auto line = how.erlang + " " + std::to_string(how.restarts) + " " + std::to_string(how.children);
  auto* output = ::popen(line.c_str(), "r");
  std::array<double, 3> result{};
  const auto read = output == nullptr ? 0 : std::fscanf(output, "%lf %lf %lf", &result[0], &result[1], &result[2]);
  if (output == nullptr || ::pclose(output) != 0 || read != 3)
    throw std::runtime_error("`" + line + "` printed no figures; is Erlang installed (apt-get install erlang-base)?");
  return result;
}

} // namespace

std::vector<comparison> compare_restarts(const restart_options& how, size_t rounds) {
  const auto pool = std::to_string(how.children) + " children";
  std::vector<comparison> result{
    {{"one_for_one, crash to ready again: restarts", 0, "1/s"}, {}, {}},
    {{pool + ": start, one call per child", 0, "ms"}, {}, {}},
    {{pool + ": stop", 0, "ms"}, {}, {}},
    {{pool + ": start and stop", 0, "ms"}, {}, {}},
  };
  for (size_t round = 0; round < rounds; ++round) {
    std::fprintf(stderr, "restarts, round %zu of %zu\n", round + 1, rounds);
    const auto ours = measure_ours(how);
    const auto erlang = measure_erlang(how);
    for (size_t i = 0; i < 3; ++i) {
      result[i].server.push_back(ours[i]);
      result[i].baseline.push_back(erlang[i]);
    }
    result[3].server.push_back(ours[1] + ours[2]);
    result[3].baseline.push_back(erlang[1] + erlang[2]);
  }
  return result;
}

} // namespace bennu::bench
