#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bennu::engine {

/// Somebody was not let in, or did not let this node in.
struct refusal {
  std::string address; ///< without the port
  std::string name;    ///< of the node, where it is known; it need not be proved
  std::string why;
};

/// What the operator is told of refusals: once when those of one kind (the same node or address, the same reason)
/// begin, and once when they end: the node got through, or there was none for a minute. However many strangers come,
/// one begin a second is told; what came meanwhile is in the count of the next.
///
/// A plain value; not thread-safe. Time is an input.
class refusals {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct report {
    refusal what;
    bool is_over = false;
    std::uint64_t count =
      0; ///< at the begin: refusals since the last report of a begin; at the end: those of this kind in all
  };

  /// Kinds that are remembered; the oldest go first. 1,000: as many as strangers can fill in a quarter of an hour.
  static constexpr std::size_t max_kinds = 1'000;

  void add(const refusal& x, time_point now);

  /// A connection to this node passed.
  void connected(const std::string& address, const std::string& name);

  /// Lets time pass; to be called about once a second while not `empty()`.
  void tick(time_point now);

  std::vector<report> take_reports() { return std::exchange(reports_, {}); }
  bool empty() const noexcept { return kinds_.empty() && untold_ == 0; }

private:
  using key = std::pair<std::string, std::string>; // name or address, reason

  struct state {
    refusal what;
    std::uint64_t count = 0;
    bool is_told = false;
    time_point last;
  };

  void tell(state& x, time_point now);
  void end(std::map<key, state>::iterator at);

  std::map<key, state> kinds_;
  std::uint64_t untold_ = 0; // refusals that no report has counted yet
  time_point next_begin_{};
  std::vector<report> reports_;
};

} // namespace bennu::engine
