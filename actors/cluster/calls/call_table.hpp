#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/cluster/calls/node_calls.hpp"

namespace bennu::engine {

/// A question to a node. Like those below it is a parcel of `append_fields`.
struct call_parcel {
  uint64_t id = 0;      ///< unique during the asking node's life
  uint64_t service = 0; ///< see `call_service`
  std::string_view body{};

  static auto fields(auto& x) { return std::tie(x.id, x.service, x.body); }
  friend bool operator==(const call_parcel&, const call_parcel&) = default;
};

/// The answer to a question.
struct answer_parcel {
  uint64_t id = 0;            ///< the question's
  bool wants_receipt = false; ///< whether the answering node wants to know the fate of the answer
  std::string_view body{};

  static auto fields(auto& x) { return std::tie(x.id, x.wants_receipt, x.body); }
  friend bool operator==(const answer_parcel&, const answer_parcel&) = default;
};

/// The fate of an answer.
struct receipt_parcel {
  uint64_t id = 0; ///< the question's
  bool reached = false;

  static auto fields(auto& x) { return std::tie(x.id, x.reached); }
  friend bool operator==(const receipt_parcel&, const receipt_parcel&) = default;
};

/// What a hub waits for from other nodes: the answers to questions, and the fates of answers.
///
/// Every entry is reported in the end: when the node answers, when it is lost, when the time is over, or when the
/// table is destroyed.
///
/// A plain value. Thread safety: none.
class call_table {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using asker = sure_call_ptr<std::optional<call_answer>>;
  using answerer = sure_call_ptr<answer_fate>;

  explicit call_table(size_t most = node_calls::max_waiting) : most_(most) {}

  /// Adds a question to `node`.
  /// @returns false when too many wait already; then the caller is told that there is no answer.
  bool asked(const std::string& node, uint64_t id, asker who, time_point deadline);

  /// An answer has arrived.
  /// @returns whether the question still waited for it.
  bool answered(const std::string& node, uint64_t id, call_answer answer);

  /// The question will not be answered.
  void unanswered(const std::string& node, uint64_t id);

  /// Adds an answer that was sent to `node`. Its fate is unknown after the deadline. The table remembers an answer
  /// that arrived until the deadline, because it may turn out later that it did not.
  void answering(const std::string& node, uint64_t id, answerer who, time_point deadline);

  void receipt(const std::string& node, uint64_t id, bool reached);

  /// The node is lost: nothing more comes from it.
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
