#include "apps/chat/chat_metrics.hpp"

namespace chat {

namespace {

// The buckets range from a cached read to the time limits of the databases.
const prometheus::Histogram::BucketBoundaries seconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                         0.1,    0.25,  0.5,    1,     2.5,  5};

prometheus::Family<prometheus::Counter>& counter(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(in);
}

prometheus::Gauge& gauge(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(in).Add({});
}

prometheus::Histogram& histogram(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(in).Add({}, seconds);
}

} // namespace

chat_metrics::chat_metrics()
  : messages_stored(counter(registry, "chat_messages_stored_total", "Messages that were stored.").Add({})),
    store_jobs(gauge(registry, "chat_store_jobs", "Jobs of the store that wait or run.")),
    store_waits(histogram(registry, "chat_store_wait_seconds", "How long jobs of the store waited for a thread.")),
    store_times(histogram(registry, "chat_store_job_seconds", "How long jobs of the store took.")),
    games(gauge(registry, "chat_games", "Games that run on this node.")),
    refused_(counter(registry, "chat_messages_refused_total", "Messages that were not taken, by the reason.")),
    limited_(counter(registry, "chat_limit_hits_total", "Limits of users and addresses that were met.")) {}

} // namespace chat
