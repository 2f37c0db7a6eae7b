#include "transport/program/series.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace bennu::engine {

std::string bounded_label::of(std::string_view value) {
  std::lock_guard guard{mutex_};
  if (known_.find(value) != known_.end())
    return std::string{value};
  if (known_.size() >= max_)
    return "other";
  known_.emplace(value);
  return std::string{value};
}

struct time_histograms::series {
  series(std::vector<std::string> of, size_t buckets) : values(std::move(of)), counts(buckets) {}

  bool is_of(std::span<const std::string_view> those) const noexcept {
    return std::equal(values.begin(), values.end(), those.begin(), those.end());
  }

  const std::vector<std::string> values;
  std::vector<std::atomic<uint64_t>> counts; // of each bucket alone; the last has no upper end
  std::atomic<uint64_t> sum{0};              // in microseconds
};

time_histograms::time_histograms(std::string name, std::string help, std::vector<std::string> labels,
                                 std::vector<int64_t> bounds)
  : name_(std::move(name)), help_(std::move(help)), labels_(std::move(labels)), bounds_(std::move(bounds)),
    other_(std::make_unique<series>(std::vector<std::string>(labels_.size(), "other"), bounds_.size() + 1)) {}

time_histograms::~time_histograms() = default;

time_histograms::series* time_histograms::find(label_values values, size_t from) const noexcept {
  for (size_t i = 0; i < slots; ++i) {
    auto* here = table_[(from + i) % slots].load(std::memory_order_acquire);
    if (here == nullptr || here->is_of(values))
      return here;
  }
  return nullptr;
}

time_histograms::series* time_histograms::add(label_values values, size_t from, share& in) {
  std::lock_guard guard{mutex_};
  if (auto* found = find(values, from))
    return found;
  if (in.used == in.max)
    return nullptr;
  all_.push_back(std::make_unique<series>(std::vector<std::string>{values.begin(), values.end()}, bounds_.size() + 1));
  auto at = from;
  while (table_[at % slots].load(std::memory_order_relaxed) != nullptr)
    ++at;
  table_[at % slots].store(all_.back().get(), std::memory_order_release);
  if (++in.used == in.max)
    in.is_full.store(true, std::memory_order_relaxed);
  return all_.back().get();
}

time_histograms::series* time_histograms::find_or_add(label_values values, share& in) {
  size_t hash = 0;
  for (const auto value : values)
    hash = hash * 31 + std::hash<std::string_view>{}(value);
  if (auto* found = find(values, hash))
    return found;
  return in.is_full.load(std::memory_order_relaxed) ? nullptr : add(values, hash, in);
}

time_histograms::series& time_histograms::series_of(label_values values) {
  if (auto* exact = find_or_add(values, exact_))
    return *exact;
  std::array<std::string_view, 4> first;
  if (values.size() < 2 || values.size() > first.size())
    return *other_;
  first.fill("other");
  first.front() = values.front();
  auto* coarse = find_or_add({first.data(), values.size()}, first_labels_);
  return coarse != nullptr ? *coarse : *other_;
}

void time_histograms::observe(std::initializer_list<std::string_view> values, int64_t microseconds) noexcept {
  auto* one = &series_of({values.begin(), values.size()});
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), microseconds) - bounds_.begin();
  one->counts[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  one->sum.fetch_add(static_cast<uint64_t>(std::max<int64_t>(microseconds, 0)), std::memory_order_relaxed);
}

prometheus::MetricFamily time_histograms::collect() const {
  prometheus::MetricFamily result{name_, help_, prometheus::MetricType::Histogram, {}};
  std::vector<series*> present{other_.get()};
  for (const auto& slot : table_)
    if (auto* one = slot.load(std::memory_order_acquire))
      present.push_back(one);
  for (const auto* one : present) {
    prometheus::ClientMetric metric;
    for (size_t i = 0; i < labels_.size(); ++i)
      metric.label.push_back({labels_[i], one->values[i]});
    auto& told = metric.histogram;
    for (size_t i = 0; i < one->counts.size(); ++i) {
      told.sample_count += one->counts[i].load(std::memory_order_relaxed);
      const auto end =
        i < bounds_.size() ? static_cast<double>(bounds_[i]) / 1e6 : std::numeric_limits<double>::infinity();
      told.bucket.push_back({told.sample_count, end});
    }
    told.sample_sum = static_cast<double>(one->sum.load(std::memory_order_relaxed)) / 1e6;
    if (told.sample_count > 0)
      result.metric.push_back(std::move(metric));
  }
  return result;
}

} // namespace bennu::engine
