#include "transport/observer/load.hpp"

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include "actors/client/connection.hpp"
#include "actors/client/unit_services.hpp"
#include "actors/node/node_parts.hpp"
#include "transport/observer/connections_task.hpp"
#include "transport/observer/event_log.hpp"
#include "transport/observer/inquiry.hpp"

namespace bennu::engine {

namespace {

constexpr std::chrono::seconds interval{1};

double cpu_of_this_thread() noexcept {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// Adds up what the connections of one io unit have exchanged. One that ends meanwhile may be counted twice, in this
/// sample alone.
class load_task : public connections_task {
public:
  load_task() : connections_task(500) {}

  unit_load result;

protected:
  void begin(unit_services& of) override {
    result.connections = total;
    result.topics = of.lane.subscribers.topic_count();
    result.cpu_seconds = cpu_of_this_thread();
  }

  bool look_at(connection& x) override {
    const auto& counted = x.counted();
    result.traffic += {counted.messages_in, counted.messages_out, counted.bytes_in, counted.bytes_out};
    return true;
  }
};

double per_second(uint64_t before, uint64_t after, double seconds) {
  return after > before ? static_cast<double>(after - before) / seconds : 0;
}

} // namespace

load_rates rates_between(const load_sample& before, const load_sample& after) {
  load_rates result;
  const auto seconds = static_cast<double>(after.at_ms - before.at_ms) / 1e3;
  result.busy.resize(after.units.size());
  if (before.at_ms == 0 || seconds <= 0)
    return result;
  result.in = per_second(before.traffic.in, after.traffic.in, seconds);
  result.out = per_second(before.traffic.out, after.traffic.out, seconds);
  result.bytes_in = per_second(before.traffic.bytes_in, after.traffic.bytes_in, seconds);
  result.bytes_out = per_second(before.traffic.bytes_out, after.traffic.bytes_out, seconds);
  result.cpu = std::max(0.0, (after.used.cpu_seconds - before.used.cpu_seconds) / seconds);
  for (size_t i = 0; i < std::min(before.units.size(), after.units.size()); ++i)
    result.busy[i] = std::clamp((after.units[i].cpu_seconds - before.units[i].cpu_seconds) / seconds, 0.0, 1.0);
  return result;
}

void load_history::add(const load_sample& x, int64_t p99_us) {
  std::lock_guard guard{mutex_};
  rates_ = rates_between(last_, x);
  last_ = x;
  points_.push_back(
    {x.at_ms, x.connections, x.joins, rates_.in, rates_.out, rates_.cpu, x.used.resident_bytes, p99_us});
  if (points_.size() > max_points)
    points_.pop_front();
}

load_history::moment load_history::now() const {
  std::lock_guard guard{mutex_};
  return {last_, rates_};
}

std::vector<load_point> load_history::points() const {
  std::lock_guard guard{mutex_};
  return {points_.begin(), points_.end()};
}

load_sampler::load_sampler(caf::actor_config& config, observer_sources& from) : process(config), from_(from) {}

caf::behavior load_sampler::make_behavior() {
  send(this, tick{});
  return {[this](tick) {
    delayed_send(this, interval, tick{});
    from_.events->rest();
    measure();
  }};
}

// A unit that does not answer in time keeps its former numbers.
void load_sampler::measure() {
  struct state {
    std::vector<unit_load> units;
    size_t open;
  };
  const auto all = std::make_shared<state>(state{from_.load->now().sample.units, from_.units.size()});
  all->units.resize(from_.units.size());
  const auto one_less = [this, all] {
    if (--all->open == 0)
      measured(std::move(all->units));
  };
  for (size_t i = 0; i < from_.units.size(); ++i) {
    auto task = std::make_shared<load_task>();
    request(from_.units[i]->get(), inquiry::patience, run_unit_task{task})
      .then(
        [all, task, i, one_less] {
          all->units[i] = task->result;
          one_less();
        },
        [one_less](const caf::error&) { one_less(); });
  }
}

void load_sampler::measured(std::vector<unit_load> units) {
  load_sample now;
  now.at_ms = unix_ms();
  now.connections = from_.node.clients.connections.load(std::memory_order_relaxed);
  now.joins = from_.node.clients.joins.joins();
  now.used = from_.program.usage();
  for (const auto& x : units) {
    now.topics += x.topics;
    now.traffic += x.traffic;
  }
  now.traffic += from_.events->ended_traffic();
  now.units = std::move(units);
  from_.load->add(now, from_.events->known_latency().p99_us);
}

} // namespace bennu::engine
