#include "transport/program/metrics.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "actors/node/node_parts.hpp"
#include "actors/presence/replica.hpp"
#include "transport/program/logging.hpp"
#include "transport/program/series.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

namespace {

namespace fs = std::filesystem;

double entries(const char* folder) {
  std::error_code failed;
  const fs::directory_iterator all{folder, failed};
  return failed ? 0 : static_cast<double>(std::distance(begin(all), end(all)));
}

// Listing them costs a microsecond each. A client that asks without pause would delay the other clients of its io
// unit.
double open_files() {
  constexpr auto folder = "/proc/self/fd";
  struct stat told {};
  if (::stat(folder, &told) == 0 && told.st_size > 0) // the number of descriptors, since Linux 6.2 (proc_pid_fd(5))
    return static_cast<double>(told.st_size);
  using clock = std::chrono::steady_clock;
  static std::mutex mutex;
  static clock::time_point listed_at;
  static double listed = 0;
  std::lock_guard guard{mutex};
  if (const auto now = clock::now(); listed == 0 || now - listed_at > std::chrono::seconds{1}) {
    listed = entries(folder);
    listed_at = now;
  }
  return listed;
}

double seconds(const timeval& x) {
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
}

} // namespace

process_numbers read_process_numbers() {
  process_numbers result;
  double pages = 0, resident_pages = 0;
  if (std::ifstream statm{"/proc/self/statm"}; statm >> pages >> resident_pages)
    result.resident_bytes = resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    result.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0)
    result.max_files = static_cast<double>(files.rlim_cur);
  result.open_files = open_files();
  result.threads = entries("/proc/self/task");
  return result;
}

namespace {

/// A family with one value for each other node.
class per_node {
public:
  per_node(const char* name, const char* help, prometheus::MetricType type) : family_{name, help, type, {}} {}

  void add(const std::string& node, double value) {
    prometheus::ClientMetric metric;
    metric.label = {{"node", node}};
    metric.counter.value = metric.gauge.value = value;
    family_.metric.push_back(std::move(metric));
  }

  prometheus::MetricFamily take() { return std::move(family_); }

private:
  prometheus::MetricFamily family_;
};

} // namespace

std::vector<prometheus::MetricFamily> cluster_numbers(const node& home) {
  using enum prometheus::MetricType;
  per_node up{"bennu_link_up", "1: there is a session with the node.", Gauge};
  per_node blocks{"bennu_link_queued_blocks", "Blocks that wait for the node.", Gauge};
  per_node bytes{"bennu_link_queued_bytes", "Bytes that wait for the node.", Gauge};
  per_node in_flight{"bennu_link_in_flight_bytes", "Bytes sent to the node and not acknowledged.", Gauge};
  per_node window{"bennu_link_window_bytes", "Bytes that may be sent before one is acknowledged.", Gauge};
  per_node lost{"bennu_link_lost_blocks_total", "Blocks that were lost when a session with the node ended.", Counter};
  per_node refused{"bennu_link_refused_blocks_total", "Blocks that the full queue of the link refused.", Counter};
  const auto& parts = home.parts();
  for (const auto& x : parts.link != nullptr ? parts.link->states() : std::vector<link_state>{}) {
    up.add(x.peer, x.now == link_state::phase::up ? 1 : 0);
    blocks.add(x.peer, static_cast<double>(x.queued_blocks));
    bytes.add(x.peer, static_cast<double>(x.queued_bytes));
    in_flight.add(x.peer, static_cast<double>(x.in_flight_bytes));
    window.add(x.peer, static_cast<double>(x.window_bytes));
    lost.add(x.peer, static_cast<double>(x.lost_blocks));
    refused.add(x.peer, static_cast<double>(x.refused_blocks));
  }
  per_node missed{"bennu_missed_broadcasts_total", "Broadcasts of the node's current life that never arrived here.",
                  Counter};
  for (const auto& [name, x] : parts.counts.from_nodes())
    missed.add(name, static_cast<double>(x.missed()));
  per_node behind{"bennu_presence_mirror_behind", "Changes of the node's presences that have not arrived yet.", Gauge};
  per_node entries{"bennu_presence_mirror_entries", "Presences of the node that are known here.", Gauge};
  for (const auto& x : home.presences().mirrors()) {
    behind.add(x.node, static_cast<double>(x.behind));
    entries.add(x.node, static_cast<double>(x.entries));
  }
  std::vector<prometheus::MetricFamily> result;
  for (auto* x : {&up, &blocks, &bytes, &in_flight, &window, &lost, &refused, &missed, &behind, &entries})
    result.push_back(x->take());
  return result;
}

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
    for (auto* actor : {&unit->lane.shard, &unit->connections, &unit->channels})
      add(actor->get());
  add(home.parts().hub.get());
  return result;
}

std::vector<prometheus::MetricFamily> histories_of(node& home) {
  using enum prometheus::MetricType;
  if (home.parts().paths.histories() == nullptr)
    return {};
  const auto x = home.parts().histories.numbers();
  const auto value = [](auto n) { return static_cast<double>(n); };
  prometheus::MetricFamily refused{"bennu_history_refused_total", "Joins that did not recover.", Counter, {}};
  for (size_t i = 1; i < x.refused.size(); ++i) {
    refused.metric.emplace_back().counter.value = value(x.refused[i]);
    refused.metric.back().label = {{"reason", std::string{to_string(static_cast<history_refusal>(i))}}};
  }
  return {
    refused,
    number("bennu_history_topics", "Topics with a history.", Gauge, value(x.topics)),
    number("bennu_history_messages", "Messages in histories.", Gauge, value(x.messages)),
    number("bennu_history_bytes", "Bytes of the messages in histories.", Gauge, value(x.bytes)),
    number("bennu_history_dropped_total", "Messages that a bound dropped from a history.", Counter, value(x.dropped)),
    number("bennu_history_aged_total", "Messages that left a history because of their age.", Counter, value(x.aged)),
    number("bennu_history_gaps_total", "Joins that ended because messages for the client are lost.", Counter,
           value(x.gaps)),
  };
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
  for (auto& x : histories_of(home))
    result.push_back(std::move(x));
  result.push_back(mailboxes_of(home));
  for (auto& x : cluster_numbers(home))
    if (!x.metric.empty())
      result.push_back(std::move(x));
  return result;
}

} // namespace

namespace {

// Upper ends of buckets, in microseconds: 0.1 ms to 2.5 s for what handlers do, 1 ms to 10 s for joins, which may wait
// for a database, and 10 µs to 1 s for a broadcast on one io unit.
const std::vector<int64_t> of_handlers = {100,    250,    500,     1'000,   2'500,   5'000,     10'000,
                                          25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000};
const std::vector<int64_t> of_joins = {1'000,   2'500,   5'000,     10'000,    25'000,    50'000,    100'000,
                                       250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
const std::vector<int64_t> of_deliveries = {10,    25,     50,     100,    250,     500,     1'000,    2'500,
                                            5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000};

} // namespace

struct metrics::counters {
  /// A family with one label, whose values are bounded.
  class labelled {
  public:
    labelled(prometheus::Registry& in, const char* name, const char* help, const char* label)
      : family_(counter(in, name, help)), label_(label) {}

    void count(std::string_view value) { family_.Add({{label_, values_.of(value)}}).Increment(); }

  private:
    family& family_;
    const std::string label_;
    bounded_label values_;
  };

  explicit counters(prometheus::Registry& in)
    : joins(in, "bennu_channel_joins_total", "Joins that were accepted.", "channel"),
      crashes(in, "bennu_crashes_total", "Actors that crashed.", "actor"),
      restarts(in, "bennu_restarts_total", "Children that were started again after a crash.", "child"),
      given_up(in, "bennu_given_up_total", "Children that crashed too often and are not started again.", "child"),
      limits(in, "bennu_limit_hits_total", "Limits that were reached.", "limit"),
      refused(in, "bennu_refused_total", "Connects, joins and topics that were refused.", "event"),
      large(in, "bennu_large_channels_total", "Channels that were found to hold more than 10 MB.", "channel"),
      slow(counter(in, "bennu_slow_handlers_total", "Handlers that occupied their io unit for too long.").Add({})),
      lost(counter(in, "bennu_lost_broadcasts_total",
                   "Broadcasts that did not reach another node, because it was too slow or its link broke.")
             .Add({})),
      broadcasts(counter(in, "bennu_broadcasts_total", "Broadcasts that this node has sent.").Add({})),
      deliveries(counter(in, "bennu_broadcast_deliveries_total", "Subscribers to which broadcasts went.").Add({})),
      nodes(prometheus::BuildGauge().Name("bennu_nodes").Help("Other nodes that are connected.").Register(in).Add({})),
      closed(counter(in, "bennu_connections_closed_total", "Connections that have ended, by the reason.")),
      ended(counter(in, "bennu_channels_ended_total", "Joins that have ended, by the reason.")),
      presences(counter(in, "bennu_presence_changes_total", "Presences that joined or left.")),
      pools(counter(in, "bennu_blocking_pool_troubles_total", "Jobs that were refused, crashed or got stuck.")) {}

  labelled joins, crashes, restarts, given_up, limits, refused, large;
  prometheus::Counter &slow, &lost, &broadcasts, &deliveries;
  prometheus::Gauge& nodes;
  family &closed, &ended, &presences, &pools;
  bounded_label channels, pool_names;
  time_histograms connect_times{
    "bennu_socket_connect_seconds", "The time of a socket's connect.", {"transport"}, of_handlers};
  time_histograms join_times{
    "bennu_channel_join_seconds", "The time from a join's request to its answer.", {"channel", "result"}, of_joins};
  time_histograms handled_times{"bennu_channel_handled_in_seconds",
                                "The time of a handler of handle_in.",
                                {"channel", "event", "result"},
                                of_handlers};
  time_histograms delivery_times{"bennu_broadcast_delivery_seconds",
                                 "The time in which an io unit hands a broadcast to its subscribers.",
                                 {},
                                 of_deliveries};
};

metrics::metrics(node& home)
  : registry_(std::make_shared<prometheus::Registry>()), counters_(std::make_shared<counters>(*registry_)),
    home_(home) {
  // The handler holds what it counts with: a call that had begun before `detach` may outlast this object.
  subscription_ = telemetry::of(home.system()).attach("*", [in = registry_, to = counters_](const telemetry_event& x) {
    count(*to, x);
  });
}

metrics::~metrics() {
  telemetry::of(home_.system()).detach(subscription_);
}

// What may happen thousands of times a second. @returns whether it was such an event.
bool metrics::count_frequent(counters& to, const telemetry_event& event) {
  if (event.name == "channel.handled_in") { // a handler that does not exist crashes, and a client chooses its name
    const auto result = event.text("result");
    to.handled_times.observe({event.text("channel"), result == "crash" ? "other" : event.text("event"), result},
                             event.number("duration_us"));
  } else if (event.name == "broadcast.delivered") {
    to.delivery_times.observe({}, event.number("duration_us"));
    to.deliveries.Increment(static_cast<double>(event.number("subscribers")));
  } else if (event.name == "broadcast") {
    to.broadcasts.Increment();
  } else if (event.name == "channel.join") {
    const auto result = event.text("result");
    to.join_times.observe({event.text("channel"), result}, event.number("duration_us"));
    if (result == "ok")
      to.joins.count(event.text("channel"));
    else if (result == "error") // a crash is counted among the crashes
      to.refused.count("join.refused");
  } else if (event.name == "channel.ended") {
    to.ended.Add({{"channel", to.channels.of(event.text("channel"))}, {"reason", std::string{event.text("reason")}}})
      .Increment();
  } else if (event.name == "socket.connected") {
    to.connect_times.observe({event.text("transport")}, event.number("duration_us"));
  } else if (event.name == "socket.disconnected") { // a client chooses the code, so it is no label
    to.closed.Add({{"transport", std::string{event.text("transport")}}, {"reason", std::string{event.text("reason")}}})
      .Increment();
  } else if (event.name == "presence") {
    to.presences.Add({{"change", "join"}}).Increment(static_cast<double>(event.number("joins")));
    to.presences.Add({{"change", "leave"}}).Increment(static_cast<double>(event.number("leaves")));
  } else {
    return false;
  }
  return true;
}

void metrics::count(counters& to, const telemetry_event& event) {
  constexpr std::string_view pool = "blocking_pool.";
  if (count_frequent(to, event))
    return;
  if (event.name == "process.crashed")
    to.crashes.count(first_word(event.text("label")));
  else if (event.name == "supervisor.restarted")
    to.restarts.count(first_word(event.text("id")));
  else if (event.name == "supervisor.given_up")
    to.given_up.count(first_word(event.text("id")));
  else if (event.name == "limit.hit")
    to.limits.count(event.text("limit"));
  else if (event.name == "connect.refused" || event.name == "topic.unmatched")
    to.refused.count(event.name);
  else if (event.name == "channel.large")
    to.large.count(event.text("channel"));
  else if (event.name == "node.up")
    to.nodes.Increment();
  else if (event.name == "node.down")
    to.nodes.Decrement();
  else if (event.name == "cluster.lost")
    to.lost.Increment(static_cast<double>(event.number("broadcasts")));
  else if (event.name == "handler.slow")
    to.slow.Increment();
  else if (event.name.starts_with(pool))
    to.pools
      .Add({{"pool", to.pool_names.of(event.text("pool"))}, {"trouble", std::string{event.name.substr(pool.size())}}})
      .Increment();
}

void metrics::collect(std::shared_ptr<prometheus::Collectable> own) {
  own_.push_back(std::move(own));
}

std::string metrics::text() const {
  auto families = numbers_of(home_);
  for (auto& x : registry_->Collect())
    families.push_back(std::move(x));
  for (const auto* x :
       {&counters_->connect_times, &counters_->join_times, &counters_->handled_times, &counters_->delivery_times})
    if (auto found = x->collect(); !found.metric.empty())
      families.push_back(std::move(found));
  for (auto& from : own_)
    for (auto& x : from->Collect())
      families.push_back(std::move(x));
  return prometheus::TextSerializer{}.Serialize(families);
}

http_response metrics_page(std::string text) {
  return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, std::move(text)};
}

} // namespace bennu::engine
