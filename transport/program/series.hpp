#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

namespace bennu::engine {

/// The values of a label, at most `max` of them. What comes later is `other`, so that neither clients nor a growing
/// application can make the number of series grow without bound. Thread safety: any thread.
class bounded_label {
public:
  explicit bounded_label(size_t max = 100) : max_(max) {}

  std::string of(std::string_view value);

private:
  const size_t max_;
  std::mutex mutex_;
  std::set<std::string, std::less<>> known_;
};

/// A family of histograms of times, one for each combination of its labels, at most `max_series`. What comes later
/// keeps its first label and has `other` for the rest, so that the first channels do not hide the later ones; beyond
/// `max_first_labels` of these all labels are `other`.
///
/// `observe` is made for hot paths: it takes no lock when it knows the labels, nor when both bounds are reached. Thread
/// safety: any thread.
class time_histograms {
public:
  static constexpr size_t max_series = 200;
  static constexpr size_t max_first_labels = 50;

  /// @param bounds in microseconds, ascending: the upper ends of the buckets
  time_histograms(std::string name, std::string help, std::vector<std::string> labels, std::vector<int64_t> bounds);
  ~time_histograms();
  time_histograms(const time_histograms&) = delete;
  time_histograms& operator=(const time_histograms&) = delete;

  /// Counts a time. REQUIRES: as many values as labels, in their order.
  void observe(std::initializer_list<std::string_view> values, int64_t microseconds) noexcept;

  /// The family, in seconds.
  prometheus::MetricFamily collect() const;

private:
  struct series;

  static constexpr size_t slots = 1024; // so that most of them stay empty

  using label_values = std::span<const std::string_view>;

  /// Some of the series, of which there is a bounded number.
  struct share {
    const size_t max;
    size_t used = 0;                  // under the lock
    std::atomic<bool> is_full{false}; // no more are added
  };

  series* find(label_values values, size_t from) const noexcept;
  series* find_or_add(label_values values, share& in);
  series* add(label_values values, size_t from, share& in);
  series& series_of(label_values values);

  const std::string name_, help_;
  const std::vector<std::string> labels_;
  const std::vector<int64_t> bounds_;
  std::array<std::atomic<series*>, slots> table_{};
  const std::unique_ptr<series> other_;
  share exact_{max_series}, first_labels_{max_first_labels};
  std::mutex mutex_; // of those who add
  std::vector<std::unique_ptr<series>> all_;
};

} // namespace bennu::engine
