#pragma once

#include <cstddef>
#include <deque>
#include <utility>

namespace bennu::engine {

/// Jobs of several owners, of which one has the turn at a time. Each owner's jobs are done in their order, and the
/// owners take turns: whoever has many jobs does not keep the others waiting.
///
/// Invariant: each owner is there once, with at least one job. Complexity: `add` O(owners with jobs), the rest O(1).
/// Thread safety: none.
template <class Owner, class Job>
class turns {
public:
  bool empty() const noexcept { return owners_.empty(); }

  void add(const Owner& of, Job x) {
    for (auto& [owner, jobs] : owners_)
      if (owner == of)
        return jobs.push_back(std::move(x));
    owners_.emplace_back(of, std::deque<Job>{});
    owners_.back().second.push_back(std::move(x));
  }

  /// The job that has the turn. Its address stays the same until `pop`. REQUIRES: there is one.
  Job& front() noexcept { return owners_.front().second.front(); }

  /// The next owner has the turn; this job goes on later.
  void pass_on() {
    owners_.push_back(std::move(owners_.front()));
    owners_.pop_front();
  }

  /// The job is over, and the next owner has the turn.
  void pop() {
    owners_.front().second.pop_front();
    if (owners_.front().second.empty())
      owners_.pop_front();
    else
      pass_on();
  }

  void clear() noexcept { owners_.clear(); }

private:
  std::deque<std::pair<Owner, std::deque<Job>>> owners_;
};

} // namespace bennu::engine
