#include "transport/publish/topic_count.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "transport/http/uri.hpp"
#include "transport/publish/commands.hpp"

namespace bennu::engine {

namespace {

bool read_limit(std::string_view text, uint64_t& to) {
  const auto* end = text.data() + text.size();
  const auto [rest, wrong] = std::from_chars(text.data(), end, to);
  return wrong == std::errc{} && rest == end && to > 0 && to <= max_api_topics;
}

/// The parts of one node, which come from its io units.
struct parts_of_node {
  std::mutex mutex;
  topic_scan sum;
  size_t missing;
  sure_call<std::optional<topic_counts>> then;

  parts_of_node(const topic_scan::query& x, size_t parts, std::function<void(std::optional<topic_counts>)> f)
    : sum(x), missing(parts), then(std::move(f)) {}
};

} // namespace

std::variant<api_scan, http_response> read_topics(std::string_view query, const known_key& by) {
  const auto wrong = [] { return api_error(400, "the query may have prefix=P, after=TOPIC and limit=1 to 1000"); };
  const auto pairs = parse_query(query);
  if (!pairs)
    return wrong();
  api_scan result{{}, {}, default_api_topics, by.patterns()};
  for (size_t i = 0; i < pairs->size(); ++i) {
    const auto& [name, value] = (*pairs)[i];
    const auto is_same = [&name = name](const auto& other) { return other.first == name; };
    if (std::any_of(pairs->begin(), pairs->begin() + static_cast<std::ptrdiff_t>(i), is_same))
      return wrong();
    if (name == "prefix")
      result.prefix = value;
    else if (name == "after")
      result.after = value;
    else if (name != "limit" || !read_limit(value, result.limit))
      return wrong();
  }
  return result;
}

topic_scan::query scan_query(const api_scan& x) {
  std::vector<topic_pattern> patterns;
  for (const auto& one : x.patterns)
    patterns.emplace_back(one);
  const auto allows = [patterns = std::move(patterns)](std::string_view topic) {
    const auto is_allowed = [&] {
      return std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) { return p.matches(topic); });
    };
    return topic.size() <= api_topic_rule.max_bytes && is_utf8(topic) && !is_of_server(topic)
           && (patterns.empty() || is_allowed());
  };
  return {x.prefix, x.after, static_cast<size_t>(std::min(x.limit, max_api_topics)), allows};
}

void scan_node(const broadcaster& topics, const api_scan& what, std::function<void(std::optional<topic_counts>)> then) {
  const auto query = scan_query(what);
  auto all = std::make_shared<parts_of_node>(query, topics.lane_count(), std::move(then));
  topics.scan(query, [all = std::move(all)](const topic_scan& part) {
    std::lock_guard guard{all->mutex};
    for (const auto& [topic, count] : part.found())
      all->sum.add(topic, count);
    if (--all->missing == 0)
      all->then(all->sum.found());
  });
}

topic_count::topic_count(api_request_ptr request, const api_scan& what, std::function<void()> at_end)
  : request_(std::move(request)), at_end_(std::move(at_end)), sum_(scan_query(what)) {}

topic_count::~topic_count() {
  auto result = api_error(500, "the topics could not be counted");
  try {
    result = answer();
  } catch (...) { // a destructor must not throw; the request is answered all the same
  }
  request_->answer(std::move(result));
  at_end_();
}

void topic_count::add(const topic_counts& part) {
  std::lock_guard guard{mutex_};
  for (const auto& [topic, count] : part)
    sum_.add(topic, count);
}

void topic_count::misses(const std::string& node) {
  std::lock_guard guard{mutex_};
  missing_.push_back(node);
}

void topic_count::fail() {
  std::lock_guard guard{mutex_};
  failed_ = true;
}

http_response topic_count::answer() const {
  if (failed_)
    return unavailable();
  std::string list, last;
  size_t left = sum_.of().limit;
  for (const auto& [topic, count] : sum_.found()) {
    if (left-- == 0)
      break;
    list += (list.empty() ? R"({"topic":)" : R"(,{"topic":)") + json_string(topic) + R"(,"subscribers":)"
            + std::to_string(count) + "}";
    last = topic;
  }
  const bool has_more = sum_.found().size() > sum_.of().limit;
  auto result = R"({"topics":[)" + list + "]";
  if (has_more)
    result += R"(,"next":)" + json_string(last);
  std::string names;
  for (const auto& x : missing_)
    names += (names.empty() ? "" : ",") + json_string(x);
  if (!names.empty())
    result += R"(,"missing_nodes":[)" + names + "]";
  return api_answer(200, result + "}");
}

} // namespace bennu::engine
