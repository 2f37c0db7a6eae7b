#include "transport/program/metrics.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "actors/node/node_parts.hpp"
#include "transport/program/cluster_metrics.hpp"
#include "transport/program/logging.hpp"
#include "transport/program/process_numbers.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

namespace {

using family = prometheus::Family<prometheus::Counter>;

family& counter(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(in);
}

// The text before the first space: labels of actors continue with a topic, and the number of topics is unlimited.
std::string first_word(std::string_view text) {
  return std::string{text.substr(0, text.find(' '))};
}

prometheus::MetricFamily number(const char* name, const char* help, prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  metric.counter.value = metric.gauge.value = value;
  return {name, help, type, {metric}};
}

// For actors that many others wait for. Channels and connections are too many to be listed one by one.
prometheus::MetricFamily mailboxes_of(node& home) {
  auto result = number("bennu_mailbox_messages", "Messages that wait for an actor.", prometheus::MetricType::Gauge, 0);
  result.metric.clear();
  auto add = [&result](const caf::actor& x) {
    const auto* one = x ? dynamic_cast<const process*>(caf::actor_cast<caf::abstract_actor*>(x)) : nullptr;
    if (one == nullptr)
      return;
    prometheus::ClientMetric metric;
    metric.label = {{"actor", one->label()}};
    metric.gauge.value = one->mailbox_depth();
    result.metric.push_back(std::move(metric));
  };
  for (const auto& unit : home.parts().units)
    for (auto* slot : {&unit->lane.shard, &unit->connections, &unit->channels})
      add(slot->get());
  add(home.parts().hub.get());
  return result;
}

std::vector<prometheus::MetricFamily> numbers_of(node& home) {
  using enum prometheus::MetricType;
  const auto used = read_process_numbers();
  std::vector<prometheus::MetricFamily> result = {
    number("bennu_connections", "Clients that are connected.", Gauge, static_cast<double>(home.connections())),
    number("bennu_actors", "Actors that run.", Gauge, static_cast<double>(home.system().registry().running())),
    number("process_resident_memory_bytes", "Resident memory.", Gauge, used.resident_bytes),
    number("process_cpu_seconds_total", "User and system CPU time.", Counter, used.cpu_seconds),
    number("process_open_fds", "Open file descriptors.", Gauge, used.open_files),
    number("process_max_fds", "File descriptors that may be open.", Gauge, used.max_files),
    number("process_threads", "Threads.", Gauge, used.threads),
    number("bennu_log_lines_lost_total", "Log lines that could not be written.", Counter,
           static_cast<double>(logging::lost_lines())),
  };
  result.push_back(mailboxes_of(home));
  for (auto& x : cluster_numbers(home))
    if (!x.metric.empty())
      result.push_back(std::move(x));
  return result;
}

} // namespace

struct metrics::counters {
  explicit counters(prometheus::Registry& in)
    : joins(counter(in, "bennu_channel_joins_total", "Joins that were accepted.")),
      crashes(counter(in, "bennu_crashes_total", "Actors that crashed.")),
      restarts(counter(in, "bennu_restarts_total", "Children that were started again after a crash.")),
      given_up(counter(in, "bennu_given_up_total", "Children that crashed too often and are not started again.")),
      limits(counter(in, "bennu_limit_hits_total", "Bounds that were reached.")),
      slow(counter(in, "bennu_slow_handlers_total", "Handlers that kept their io unit for too long.")),
      lost(counter(in, "bennu_lost_broadcasts_total",
                   "Broadcasts that another node did not get: it was too slow, or the link to it broke.")),
      nodes(prometheus::BuildGauge().Name("bennu_nodes").Help("Other nodes that are connected.").Register(in).Add({})),
      closed(counter(in, "bennu_connections_closed_total", "Clients that were connected and are gone.")),
      refused(counter(in, "bennu_refused_total", "Connects, joins and topics that were refused.")),
      pools(counter(in, "bennu_blocking_pool_troubles_total", "Jobs that were refused, crashed or got stuck.")) {}

  family &joins, &crashes, &restarts, &given_up, &limits, &slow, &lost;
  prometheus::Gauge& nodes;
  family &closed, &refused, &pools;
};

metrics::metrics(node& home)
  : registry_(std::make_shared<prometheus::Registry>()), counters_(std::make_unique<counters>(*registry_)),
    home_(home) {
  subscription_ = telemetry::of(home.system()).attach("", [this](const telemetry_event& x) { count(x); });
}

metrics::~metrics() {
  telemetry::of(home_.system()).detach(subscription_);
}

void metrics::count(const telemetry_event& event) const {
  auto add = [](family& to, const char* label, std::string value) { to.Add({{label, std::move(value)}}).Increment(); };
  constexpr std::string_view pool = "blocking_pool.";
  if (event.name == "channel.joined")
    add(counters_->joins, "channel", std::string{event.text("channel")});
  else if (event.name == "process.crashed")
    add(counters_->crashes, "actor", first_word(event.text("label")));
  else if (event.name == "supervisor.restarted")
    add(counters_->restarts, "child", first_word(event.text("id")));
  else if (event.name == "supervisor.given_up")
    add(counters_->given_up, "child", first_word(event.text("id")));
  else if (event.name == "limit.hit")
    add(counters_->limits, "limit", std::string{event.text("limit")});
  else if (event.name == "connection.closed") // a client chooses the code, so it is no label
    counters_->closed.Add({{"transport", std::string{event.text("transport")}}, {"by", std::string{event.text("by")}}})
      .Increment();
  else if (event.name == "connect.refused" || event.name == "join.refused" || event.name == "topic.unmatched")
    add(counters_->refused, "event", std::string{event.name});
  else if (event.name == "node.up")
    counters_->nodes.Increment();
  else if (event.name == "node.down")
    counters_->nodes.Decrement();
  else if (event.name == "cluster.lost")
    counters_->lost.Add({}).Increment(static_cast<double>(event.number("broadcasts")));
  else if (event.name == "handler.slow")
    counters_->slow.Add({}).Increment();
  else if (event.name.starts_with(pool))
    counters_->pools
      .Add({{"pool", std::string{event.text("pool")}}, {"trouble", std::string{event.name.substr(pool.size())}}})
      .Increment();
}

void metrics::collect(std::shared_ptr<prometheus::Collectable> own) {
  own_.push_back(std::move(own));
}

std::string metrics::text() const {
  auto families = numbers_of(home_);
  for (auto& x : registry_->Collect())
    families.push_back(std::move(x));
  for (auto& from : own_)
    for (auto& x : from->Collect())
      families.push_back(std::move(x));
  return prometheus::TextSerializer{}.Serialize(families);
}

http_response metrics_page(std::string text) {
  return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, std::move(text)};
}

} // namespace bennu::engine
