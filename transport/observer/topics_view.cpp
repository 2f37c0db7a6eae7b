#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "actors/client/connection.hpp"
#include "actors/history/store.hpp"
#include "actors/history/topic_history.hpp"
#include "actors/node/node_parts.hpp"
#include "actors/presence/shard.hpp"
#include "transport/observer/connections_task.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/page_of_rows.hpp"
#include "transport/observer/views.hpp"

namespace bennu::engine {

namespace {

// How many topics of one io unit are looked at. Further ones are left out, and are not counted either.
constexpr size_t max_scanned = 500'000;

// How many topics, or connections, one step looks at: about 100 µs.
constexpr size_t topics_per_step = 200;
constexpr size_t members_per_step = 200;

// How many subscribers, and presences, of a topic are shown.
constexpr size_t max_shown = 50;

// A topic with more presences is not read as a whole, because the others wait meanwhile.
constexpr size_t max_counted_presences = 2'000;

/// The topics of one io unit.
class topics_task : public unit_task {
public:
  bool step(unit_services& of) override { return of.lane.subscribers.scan(found, at_, topics_per_step); }

  topic_scan found{{.prefix = {}, .after = {}, .limit = max_scanned}};

private:
  subscriber_table::cursor at_{};
};

nlohmann::json history_of(inquiry& by, const std::string& topic) {
  auto& node = by.from().node;
  if (node.paths.history_of(topic) == nullptr)
    return nullptr;
  size_t bytes = 0;
  const auto kept = node.histories.read(topic, std::nullopt);
  for (const auto& x : kept.missed)
    bytes += topic_history::footprint(*x);
  return {{"messages", kept.missed.size()}, {"bytes", bytes}};
}

nlohmann::json row_of(inquiry& by, const std::string& topic, uint64_t subscribers) {
  return {{"topic", shown_text(topic)}, {"subscribers", subscribers}, {"history", history_of(by, topic)}};
}

/// The topics of all units, which are in order, being merged.
struct merging {
  explicit merging(const page_query& x) : page(x), rows(x) {}
  using part = std::map<std::string, uint64_t, std::less<>>;
  struct source {
    const part* all;
    part::const_iterator at;
  };

  const page_query page;
  std::vector<std::shared_ptr<topics_task>> tasks;
  std::vector<source> sources;
  first_rows<std::pair<std::string, uint64_t>> rows;
  size_t total = 0, matches = 0;

  // @returns false at the end
  bool step() {
    for (size_t n = 0; n < topics_per_step; ++n) {
      const std::string* next = nullptr;
      for (const auto& x : sources)
        if (x.at != x.all->end() && (next == nullptr || x.at->first < *next))
          next = &x.at->first;
      if (next == nullptr)
        return false;
      take(std::string{*next});
    }
    return true;
  }

  void take(std::string topic) {
    uint64_t count = 0;
    for (auto& x : sources)
      if (x.at != x.all->end() && x.at->first == topic) {
        count += x.at->second;
        ++x.at;
      }
    ++total;
    if (!contains_text(topic, page.search))
      return;
    ++matches;
    sort_key key{page.sort == "subscribers" ? static_cast<int64_t>(count) : 0, {}, topic};
    rows.add(std::move(key), {std::move(topic), count});
  }
};

} // namespace

void show_topics(inquiry& by) {
  const auto all = std::make_shared<merging>(page_query::read(by.params(), {"name", "subscribers"}));
  std::vector<unit_task_ptr> tasks;
  for (size_t i = 0; i < by.from().units.size(); ++i)
    tasks.push_back(all->tasks.emplace_back(std::make_shared<topics_task>()));
  by.ask_units(tasks, [&by, all](size_t missing) {
    for (const auto& x : all->tasks)
      if (!x->is_unwanted)
        all->sources.push_back({&x->found.found(), x->found.found().begin()});
    by.in_steps([all] { return all->step(); },
                [&by, all, missing] {
                  auto rows = nlohmann::json::array();
                  for (const auto& [topic, count] : std::move(all->rows).take(all->page.offset))
                    rows.push_back(row_of(by, topic, count));
                  auto answer = page_json(all->total, all->matches, std::move(rows));
                  answer["missing_units"] = missing;
                  by.answer(std::move(answer));
                });
  });
}

namespace {

/// The connections of one io unit that have joined a topic.
class members_task : public connections_task {
public:
  explicit members_task(std::string topic) : connections_task(members_per_step), topic_(std::move(topic)) {}

  size_t count = 0;
  std::vector<uint64_t> found;

protected:
  bool look_at(connection& x) override {
    if (x.find(topic_) == nullptr)
      return true;
    ++count;
    if (found.size() < max_shown)
      found.push_back(x.number());
    return true;
  }

private:
  const std::string topic_;
};

nlohmann::json presence_of(inquiry& by, const std::string& topic) {
  auto& presences = by.from().node.presences;
  const auto count = presences.count(topic);
  if (count == 0)
    return {{"keys", 0}, {"metas", 0}, {"first", nlohmann::json::array()}};
  nlohmann::json result{{"keys", nullptr}, {"metas", count}, {"first", nlohmann::json::array()}};
  if (count > max_counted_presences)
    return result;
  const auto list = presences.list(topic, nullptr);
  if (!list.has_value() || !list.value().is_object())
    return result;
  result["keys"] = list.value().size();
  for (auto x = list.value().begin(); x != list.value().end() && result["first"].size() < max_shown; ++x)
    result["first"].push_back(
      {{"key", shown_text(x.key())}, {"metas", x.value().value("metas", json::array()).size()}});
  return result;
}

} // namespace

void show_topic(inquiry& by) {
  const auto topic = param_reader{by.params()}.required_text("topic");
  std::vector<std::shared_ptr<members_task>> all;
  std::vector<unit_task_ptr> tasks;
  for (size_t i = 0; i < by.from().units.size(); ++i)
    tasks.push_back(all.emplace_back(std::make_shared<members_task>(topic)));
  by.ask_units(tasks, [&by, all, topic](size_t) {
    size_t count = 0;
    auto subscribers = nlohmann::json::array();
    for (const auto& x : all)
      if (!x->is_unwanted) {
        count += x->count;
        for (const auto id : x->found)
          if (subscribers.size() < max_shown)
            subscribers.push_back(std::to_string(id));
      }
    auto result = row_of(by, topic, count);
    result["subscribers_count"] = count;
    result["subscribers"] = std::move(subscribers);
    result["presence"] = presence_of(by, topic);
    by.answer(std::move(result));
  });
}

namespace {

/// The topics with presences, shard by shard and step by step; no shard is locked for longer than a step.
struct presence_scan {
  explicit presence_scan(const page_query& x) : page(x), rows(x) {}

  bool step(presence& all) {
    const auto& shard = all.shards()[at];
    const bool goes_on = shard->locked([this](presence_replica& x) {
      return x.view().each_topic(bucket, topics_per_step, [this](const std::string& topic, size_t count) {
        ++total;
        if (!contains_text(topic, page.search))
          return;
        ++matches;
        rows.add({page.sort == "metas" ? static_cast<int64_t>(count) : 0, {}, topic}, {topic, count});
      });
    });
    if (!goes_on) {
      ++at;
      bucket = 0;
    }
    return at < all.shards().size();
  }

  const page_query page;
  first_rows<std::pair<std::string, size_t>> rows;
  size_t at = 0, bucket = 0, total = 0, matches = 0;
};

} // namespace

void show_presence(inquiry& by) {
  const auto scan = std::make_shared<presence_scan>(page_query::read(by.params(), {"topic", "metas"}));
  auto& presences = by.from().node.presences;
  by.in_steps([scan, &presences] { return scan->step(presences); },
              [&by, scan, &presences] {
                auto rows = nlohmann::json::array();
                for (const auto& [topic, count] : std::move(scan->rows).take(scan->page.offset)) {
                  std::optional<size_t> keys;
                  for (const auto& shard : presences.shards())
                    if (shard->count(topic) > 0)
                      keys = shard->locked([&, name = std::string_view{topic}](presence_replica& x) {
                        return x.view().key_count(name, max_counted_presences);
                      });
                  rows.push_back({{"topic", shown_text(topic)},
                                  {"keys", keys ? nlohmann::json(*keys) : nlohmann::json{}},
                                  {"metas", count}});
                }
                by.answer(page_json(scan->total, scan->matches, std::move(rows)));
              });
}

} // namespace bennu::engine
