#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace chat {

/// What waits for several owners. They are served in turn, so that one who wants much waits behind those who want
/// little. When it is full, the owner of most loses what he added last.
///
/// A plain value. Thread safety: none.
template <class T>
class fair_queue {
public:
  explicit fair_queue(size_t max_size) : max_size_(max_size) {}

  /// Adds `x`. @returns what has no place: nothing, or what the owner of most added last, which may be `x` itself.
  std::optional<T> push(const std::string& owner, T x) {
    std::optional<T> dropped;
    if (size_ >= max_size_) {
      const auto most = std::max_element(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) {
        return a.second.size() < b.second.size();
      });
      const auto own = waiting_.find(owner);
      const auto mine = own == waiting_.end() ? 0 : own->second.size();
      if (most == waiting_.end() || most->second.size() <= mine + 1)
        return std::optional<T>{std::move(x)};
      dropped = std::move(most->second.back());
      most->second.pop_back(); // at least one is left, so its turn stays
      --size_;
    }
    auto& line = waiting_[owner];
    if (line.empty())
      turns_.push_back(owner);
    line.push_back(std::move(x));
    ++size_;
    return dropped;
  }

  /// Takes what the next owner in turn added first. @returns nothing when nothing waits.
  std::optional<T> pop() {
    if (turns_.empty())
      return std::nullopt;
    const auto owner = std::move(turns_.front());
    turns_.pop_front();
    auto line = waiting_.find(owner);
    auto result = std::optional<T>{std::move(line->second.front())};
    line->second.pop_front();
    if (line->second.empty())
      waiting_.erase(line);
    else
      turns_.push_back(owner);
    --size_;
    return result;
  }

  size_t size() const noexcept { return size_; }

private:
  size_t max_size_;
  size_t size_ = 0;
  std::map<std::string, std::deque<T>> waiting_; // none is empty
  std::deque<std::string> turns_;                // each owner once
};

} // namespace chat
