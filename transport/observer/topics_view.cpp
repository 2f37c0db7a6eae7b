#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

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

// How many topics, or connections, one step looks at: about 50 µs.
constexpr size_t topics_per_step = 200;
constexpr size_t members_per_step = 200;

// How many subscribers, and presences, of a topic are shown.
constexpr size_t max_shown = 50;

// A topic with more presences is not read as a whole, because the others wait meanwhile.
constexpr size_t max_counted_presences = 2'000;

/// The topics of one io unit. Copying all of their names would cost half a microsecond each. So it keeps a number for
/// each, by which they are counted, and of names those that the page may show: in the order of names the first ones; in
/// the order of subscribers all that match, because the other units may add to any.
class topics_task : public unit_task {
public:
  explicit topics_task(const page_query& x)
    : found({.prefix = {},
             .after = {},
             .limit = max_scanned,
             .allows = [this](std::string_view topic) { return takes(topic); }}),
      page_(x) {}

  bool step(unit_services& of) override { return of.lane.subscribers.scan(found, at_, topics_per_step); }

  /// A topic whose name is looked for has an odd number.
  std::vector<uint64_t> seen;
  std::set<std::string, std::less<>> first_names;
  topic_scan found; ///< in the order of subscribers

private:
  // It is asked for each topic of the unit.
  bool takes(std::string_view topic) {
    const bool matches = contains_text(topic, page_.search);
    seen.push_back(std::hash<std::string_view>{}(topic) << 1 | (matches ? 1 : 0));
    if (page_.sort == "subscribers" || !matches)
      return matches;
    const auto depth = page_.depth();
    if (depth > 0 && (first_names.size() < depth || is_before(topic))) {
      first_names.emplace(topic);
      if (first_names.size() > depth)
        first_names.erase(page_.descending ? first_names.begin() : std::prev(first_names.end()));
    }
    return false;
  }

  // REQUIRES: there is a name.
  bool is_before(std::string_view topic) const {
    return page_.descending ? topic > *first_names.begin() : topic < *first_names.rbegin();
  }

  const page_query page_;
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

/// The topics of all units, being merged.
struct merging {
  explicit merging(const page_query& x) : page(x), rows(x) {}

  const page_query page;
  std::vector<std::shared_ptr<topics_task>> tasks;
  std::unordered_set<uint64_t> counted;
  std::map<std::string, uint64_t, std::less<>> sums; // in the order of subscribers
  first_rows<std::string> rows;
  size_t matches = 0;
  size_t at = 0, next = 0; // the unit, and the place in its topics
  std::optional<std::map<std::string, uint64_t, std::less<>>::const_iterator> summed;

  // @returns false at the end
  bool step() {
    if (at == tasks.size())
      return sort_by_subscribers();
    auto& task = *tasks[at];
    const auto end = std::min(next + topics_per_step, task.is_unwanted ? size_t{0} : task.seen.size());
    for (; next < end; ++next)
      if (counted.insert(task.seen[next]).second && task.seen[next] % 2 == 1)
        ++matches;
    if (next < task.seen.size() && !task.is_unwanted)
      return true;
    if (!task.is_unwanted)
      take_names(task);
    ++at;
    next = 0;
    return true;
  }

  // A unit has at most so many names as a page needs, or in the order of subscribers all.
  void take_names(const topics_task& x) {
    for (const auto& name : x.first_names)
      rows.add({0, {}, name}, name);
    for (const auto& [name, count] : x.found.found())
      sums[name] += count;
  }

  bool sort_by_subscribers() {
    if (!summed)
      summed = sums.cbegin();
    for (size_t n = 0; n < topics_per_step && *summed != sums.cend(); ++n, ++*summed) {
      const auto& [name, count] = **summed;
      rows.add({static_cast<int64_t>(count), {}, name}, name);
    }
    return *summed != sums.cend();
  }
};

} // namespace

namespace {

/// What one io unit knows of the topics on a page: how many broadcasts of each it has delivered, and the subscribers.
class counts_task : public unit_task {
public:
  explicit counts_task(const std::vector<std::string>& topics)
    : subscribers({.prefix = {}, .after = {}, .limit = max_scanned, .allows = [this](std::string_view x) {
                     return delivered.contains(x);
                   }}) {
    for (const auto& x : topics)
      delivered.emplace(x, 0);
  }

  bool step(unit_services& of) override {
    const bool goes_on = of.lane.subscribers.scan(subscribers, at_, topics_per_step);
    if (!goes_on)
      for (auto& [topic, count] : delivered)
        count = of.lane.subscribers.delivered(topic);
    return goes_on;
  }

  std::map<std::string, uint64_t, std::less<>> delivered;
  topic_scan subscribers;

private:
  subscriber_table::cursor at_{};
};

// Tells the rows of a page, of which only the topics are known. Each io unit with subscribers delivers every broadcast
// of the topic once; the one that has known it longest counts.
void answer_rows(inquiry& by, const std::vector<std::string>& topics, std::function<void(nlohmann::json)> then) {
  std::vector<std::shared_ptr<counts_task>> all;
  std::vector<unit_task_ptr> tasks;
  for (size_t i = 0; i < by.from().units.size(); ++i)
    tasks.push_back(all.emplace_back(std::make_shared<counts_task>(topics)));
  by.ask_units(tasks, [&by, all, topics, then = std::move(then)](size_t) {
    auto rows = nlohmann::json::array();
    for (const auto& topic : topics) {
      uint64_t messages = 0, subscribers = 0;
      for (const auto& x : all) {
        if (x->is_unwanted)
          continue;
        messages = std::max(messages, x->delivered[topic]);
        const auto found = x->subscribers.found().find(topic);
        subscribers += found == x->subscribers.found().end() ? 0 : found->second;
      }
      const auto rate = by.from().rates.look("topic " + topic, messages, by.clock().now());
      rows.push_back({{"topic", shown_text(topic)},
                      {"subscribers", subscribers},
                      {"messages", messages},
                      {"per_s", rate ? nlohmann::json(std::round(*rate * 100) / 100) : nlohmann::json{}},
                      {"history", history_of(by, topic)}});
    }
    then(std::move(rows));
  });
}

} // namespace

void show_topics(inquiry& by) {
  const auto all = std::make_shared<merging>(page_query::read(by.params(), {"name", "subscribers"}));
  std::vector<unit_task_ptr> tasks;
  for (size_t i = 0; i < by.from().units.size(); ++i)
    tasks.push_back(all->tasks.emplace_back(std::make_shared<topics_task>(all->page)));
  by.ask_units(tasks, [&by, all](size_t missing) {
    by.in_steps([all] { return all->step(); },
                [&by, all, missing] {
                  answer_rows(by, std::move(all->rows).take(all->page.offset),
                              [&by, all, missing](nlohmann::json rows) {
                                auto answer = page_json(all->counted.size(), all->matches, std::move(rows));
                                answer["missing_units"] = missing;
                                by.answer(std::move(answer));
                              });
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
    answer_rows(by, {topic}, [&by, topic, count, subscribers](nlohmann::json rows) mutable {
      auto& result = rows.front();
      result["subscribers_count"] = count;
      result["subscribers"] = std::move(subscribers);
      result["presence"] = presence_of(by, topic);
      by.answer(std::move(result));
    });
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
