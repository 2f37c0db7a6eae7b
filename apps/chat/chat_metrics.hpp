#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace chat {

/// The chat's own numbers for Prometheus, beside those of every program (`bennu::metrics`).
/// Thread safety: any thread.
class chat_metrics {
public:
  chat_metrics();

  prometheus::Registry registry;
  prometheus::Counter& messages_stored; ///< `chat_messages_stored_total`
  prometheus::Gauge& store_jobs;        ///< `chat_store_jobs`: wait or run
  prometheus::Histogram& store_waits;   ///< `chat_store_wait_seconds`
  prometheus::Histogram& store_times;   ///< `chat_store_job_seconds`
  prometheus::Gauge& games;             ///< `chat_games`: running

  /// A message was not taken: `chat_messages_refused_total{reason}`. `reason` is one of the contract's: there are few.
  void refused(const std::string& reason) { refused_.Add({{"reason", reason}}).Increment(); }

private:
  prometheus::Family<prometheus::Counter>& refused_;
};

} // namespace chat
