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

/// The chat's metrics for Prometheus, in addition to those of every program (`bennu::metrics`).
/// Thread safety: any thread.
class chat_metrics {
public:
  chat_metrics();

  prometheus::Registry registry;
  prometheus::Counter& messages_stored; ///< `chat_messages_stored_total`
  prometheus::Gauge& store_jobs;        ///< `chat_store_jobs`: waiting or running
  prometheus::Histogram& store_waits;   ///< `chat_store_wait_seconds`
  prometheus::Histogram& store_times;   ///< `chat_store_job_seconds`
  prometheus::Gauge& games;             ///< `chat_games`: running

  /// A message was refused: `chat_messages_refused_total{reason}`. `reason` is one of the few in the contract.
  void refused(const std::string& reason) { refused_.Add({{"reason", reason}}).Increment(); }

  /// A limit of the chat was met: `chat_limit_hits_total{limit}`. `limit` is one of the documented ones.
  void limited(const std::string& limit) { limited_.Add({{"limit", limit}}).Increment(); }

private:
  prometheus::Family<prometheus::Counter>& refused_;
  prometheus::Family<prometheus::Counter>& limited_;
};

} // namespace chat
