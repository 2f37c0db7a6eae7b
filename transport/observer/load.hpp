#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "transport/observer/sources.hpp"
#include "transport/observer/traffic.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// An io unit at one moment.
struct unit_load {
  size_t connections = 0;
  size_t topics = 0;      ///< with subscribers on this unit
  double cpu_seconds = 0; ///< that its thread has used
  traffic_sum traffic;
};

/// The node at one moment.
struct load_sample {
  int64_t at_ms = 0;
  uint64_t connections = 0, joins = 0, topics = 0;
  process_usage used;
  traffic_sum traffic;
  std::vector<unit_load> units;
};

/// What happened per second between two moments.
struct load_rates {
  double in = 0, out = 0, bytes_in = 0, bytes_out = 0, cpu = 0;
  std::vector<double> busy; ///< of each io unit: from 0, idle, to 1
};

load_rates rates_between(const load_sample& before, const load_sample& after);

/// A point of the charts.
struct load_point {
  int64_t at_ms = 0;
  uint64_t connections = 0, joins = 0;
  double in_per_s = 0, out_per_s = 0, cpu = 0, resident_bytes = 0;
  int64_t p99_us = 0;
};

/// The load of the last minutes. Thread safety: any thread.
class load_history {
public:
  /// Ten minutes, a point each second: 40 KB.
  static constexpr size_t max_points = 600;

  void add(const load_sample& x, int64_t p99_us);

  /// The newest sample and the rates before it.
  struct moment {
    load_sample sample;
    load_rates rates;
  };
  moment now() const;
  std::vector<load_point> points() const;

private:
  mutable std::mutex mutex_;
  load_sample last_;
  load_rates rates_;
  std::deque<load_point> points_;
};

/// Measures the load each second. The supervisor of the observer starts it, `permanent`. Accepts nothing.
class load_sampler : public process {
public:
  load_sampler(caf::actor_config& config, observer_sources& from);
  std::string label() const override { return "load of observer"; }

protected:
  caf::behavior make_behavior() override;

private:
  struct tick {
    using local_message = void;
  };
  void measure();
  void measured(std::vector<unit_load> units);

  observer_sources& from_;
};

} // namespace bennu::engine
