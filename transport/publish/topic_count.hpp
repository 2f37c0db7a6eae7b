#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/pubsub/subscriber_table.hpp"
#include "transport/publish/api_request.hpp"
#include "transport/publish/node_messages.hpp"
#include <bennu/actors/topic_pattern.hpp>

namespace bennu::engine {

class broadcaster;

/// How many topics one answer has when the request does not say so, and at most.
inline constexpr uint64_t default_api_topics = 100;
inline constexpr uint64_t max_api_topics = 1'000;

/// The question of `GET topics?prefix=P&after=T&limit=N`, for a key.
/// @returns 400 for any other query.
std::variant<api_scan, http_response> read_topics(std::string_view query, const known_key& by);

/// The scan of one node. Topics longer than 1 KiB, those that are no UTF-8, and those of the server are left out:
/// nobody can publish to them with the API, and an answer stays small. REQUIRES: the patterns are well formed, or come
/// from another node.
topic_scan::query scan_query(const api_scan& x);

/// Calls `then` exactly once, on any thread: with the topics of this node, or with nothing when a part of them was
/// lost.
void scan_node(const broadcaster& topics, const api_scan& what, std::function<void(std::optional<topic_counts>)> then);

/// The answer to one request, to which nodes contribute. It is given when the last holder of this object is gone.
/// Thread safety: any thread may call it.
class topic_count {
public:
  topic_count(api_request_ptr request, const api_scan& what, std::function<void()> at_end);
  ~topic_count();
  topic_count(const topic_count&) = delete;
  topic_count& operator=(const topic_count&) = delete;

  void add(const topic_counts& part);

  /// A node did not answer.
  void misses(const std::string& node);

  /// This node did not: there will be no counts.
  void fail();

private:
  http_response answer() const;

  const api_request_ptr request_;
  const std::function<void()> at_end_;
  std::mutex mutex_;
  topic_scan sum_;
  std::vector<std::string> missing_;
  bool failed_ = false;
};

} // namespace bennu::engine
