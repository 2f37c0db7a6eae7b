#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/cluster/calls/node_calls.hpp"

namespace bennu::engine {

/// What a hub waits for from other nodes: answers to questions, and the fate of answers.
///
/// Everybody in it is told something in the end: by the node, by its loss, by the time, or when the table goes.
///
/// A plain value; not thread-safe.
class call_table {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using asker = sure_call_ptr<std::optional<call_answer>>;
  using answerer = sure_call_ptr<answer_fate>;

  explicit call_table(size_t most = node_calls::max_waiting) : most_(most) {}

  /// Something was asked of `node`. @returns false when too many wait already: then the asker is told that there is no answer.
  bool asked(const std::string& node, uint64_t id, asker who, time_point deadline);

  /// The answer came. @returns whether somebody waited for it.
  bool answered(const std::string& node, uint64_t id, call_answer answer);

  /// There will be no answer.
  void unanswered(const std::string& node, uint64_t id);

  /// An answer to a question of `node` is under way; its fate is unknown after the deadline. One that reached is remembered until then
  /// all the same, since it may turn out that it did not.
  void answering(const std::string& node, uint64_t id, answerer who, time_point deadline);

  void receipt(const std::string& node, uint64_t id, bool reached);

  /// Nothing more comes from this node.
  void lost(const std::string& node);

  void expire(time_point now);

  bool empty() const noexcept { return askers_.empty() && answerers_.empty(); }
  size_t waiting() const noexcept { return askers_.size() + answerers_.size(); }

private:
  using key = std::pair<std::string, uint64_t>;
  template <class Who>
  struct entry {
    Who who;
    time_point deadline;
  };

  size_t most_;
  std::map<key, entry<asker>> askers_;
  std::map<key, entry<answerer>> answerers_;
};

} // namespace bennu::engine
