// What /metrics tells of the export of spans.
#include <utility>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "transport/program/span_exporter.hpp"

namespace bennu::engine {

namespace {

class numbers final : public prometheus::Collectable {
public:
  explicit numbers(std::function<span_exporter::counts()> read) : read_(std::move(read)) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    using prometheus::MetricType;
    const auto now = read_();
    prometheus::MetricFamily exported{
      "bennu_trace_spans_exported_total", "Spans that the collector has taken.", MetricType::Counter, {}};
    add(exported, {}, now.exported);
    prometheus::MetricFamily lost{"bennu_trace_spans_lost_total",
                                  "Spans that did not reach the collector, by the reason.",
                                  MetricType::Counter,
                                  {}};
    add(lost, "queue", now.dropped);
    add(lost, "rejected", now.rejected);
    add(lost, "unreachable", now.failed);
    return {exported, lost};
  }

private:
  static void add(prometheus::MetricFamily& to, const std::string& reason, uint64_t value) {
    auto& metric = to.metric.emplace_back();
    metric.counter.value = static_cast<double>(value);
    if (!reason.empty())
      metric.label = {{"reason", reason}};
  }

  const std::function<span_exporter::counts()> read_;
};

} // namespace

std::shared_ptr<prometheus::Collectable> span_numbers(std::function<span_exporter::counts()> read) {
  return std::make_shared<numbers>(std::move(read));
}

} // namespace bennu::engine
