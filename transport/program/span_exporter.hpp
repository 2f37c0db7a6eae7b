#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "transport/program/otlp_client.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace prometheus {
class Collectable;
} // namespace prometheus

namespace bennu::engine {

/// Spans that wait to be sent. A pure value; bounded in bytes: what does not fit is dropped and counted.
class span_queue {
public:
  /// 8 MiB: more than ten thousand spans of Bennu's own, which the collector gets within seconds.
  static constexpr size_t default_max_bytes = size_t{8} << 20;

  /// 512: the default of OpenTelemetry's batches.
  static constexpr size_t max_batch = 512;

  explicit span_queue(size_t max_bytes = default_max_bytes) : max_bytes_(max_bytes) {}

  /// @returns whether there was room.
  bool add(span_record&& x);

  /// Removes the oldest, at most `max_batch`.
  std::vector<span_record> take();

  size_t size() const noexcept { return spans_.size() - taken_; }
  bool has_batch() const noexcept { return size() >= max_batch; }

private:
  const size_t max_bytes_;
  size_t bytes_ = 0;
  std::vector<span_record> spans_;
  size_t taken_ = 0; ///< so many at the front are gone
};

/// When a request is tried again. A pure value. Source: OTLP 1.9, "Retryable Response Codes" and "OTLP/HTTP
/// Throttling".
class export_pace {
public:
  using clock = std::chrono::steady_clock;

  /// 5: after half a minute other spans have their turn.
  static constexpr int max_attempts = 5;

  /// What to do with the spans of a request.
  enum class verdict : uint8_t { done, again, lost };

  /// Takes the outcome of an attempt. @param jitter between 0 and 1
  verdict tried(const otlp_outcome& x, clock::time_point now, double jitter);

  /// Nothing is sent before.
  clock::time_point not_before() const noexcept { return not_before_; }

private:
  int attempts_ = 0; ///< with these spans
  int failures_ = 0; ///< since something was sent
  clock::time_point not_before_{};
};

/// Sends spans to a collector, by a thread of its own: as soon as a batch is full, and at least every 5 s. Nobody waits
/// for it, and a collector that is dead, slow or refuses costs nothing but spans. It logs when that begins and ends.
///
/// Thread safety: any thread.
class span_exporter {
public:
  struct counts {
    uint64_t exported = 0; ///< spans that the collector has taken
    uint64_t dropped = 0;  ///< that did not fit into the queue
    uint64_t rejected = 0; ///< that the collector refused
    uint64_t failed = 0;   ///< that could not be sent
  };

  /// How long a span waits for others at most, by default.
  /// 5 s: the default of OpenTelemetry's libraries.
  static constexpr std::chrono::milliseconds default_delay = std::chrono::seconds{5};

  span_exporter(otlp_target to, otlp_resource from, std::chrono::milliseconds delay = default_delay,
                size_t max_bytes = span_queue::default_max_bytes);

  /// Stops.
  ~span_exporter();
  span_exporter(const span_exporter&) = delete;
  span_exporter& operator=(const span_exporter&) = delete;

  /// What `telemetry::trace` needs. It may be called when the exporter has ended.
  std::function<void(span_record&&)> receiver() const;

  /// Sends what waits, for at most 2 s. Spans that come later are dropped.
  void stop();

  counts counted() const;

  /// The same for reading later, also when the exporter has ended.
  std::function<counts()> counter() const;

private:
  struct state;
  std::shared_ptr<state> state_; // shared with the thread, which is abandoned when a name cannot be resolved in time
  std::thread thread_;
};

/// The metrics of an exporter. `read` is called from any thread.
std::shared_ptr<prometheus::Collectable> span_numbers(std::function<span_exporter::counts()> read);

} // namespace bennu::engine
