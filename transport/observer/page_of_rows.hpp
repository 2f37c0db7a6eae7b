#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "transport/observer/question.hpp"

namespace bennu::engine {

/// Which part of a long list an observer sees. A plain value.
struct page_query {
  size_t offset = 0;
  size_t limit = 50;
  std::string search;
  std::string sort;
  bool descending = false;

  static constexpr size_t max_limit = 200;

  /// Each part of the list keeps the rows up to here in memory while it makes a page. 100,000: no person reads more.
  static constexpr size_t max_offset = 100'000;

  /// How many of the first rows must be known to show the page.
  size_t depth() const noexcept { return offset + limit; }

  /// Reads the params; `sort` must be one of `sorts`, of which the first is the default.
  /// @throws wrong_params
  static page_query read(const nlohmann::json& params, std::initializer_list<std::string_view> sorts);
};

/// The place of a row in an order by a number, or by a text; equal ones are in the order of their ids, so that no row
/// is on two pages. A plain value.
struct sort_key {
  int64_t number = 0;
  std::string text;
  std::string id;

  friend auto operator<=>(const sort_key&, const sort_key&) = default;
  friend bool operator==(const sort_key&, const sort_key&) = default;
};

/// The first rows of a list in some order, as many as a page needs: the rows of each part of a list can be merged. A
/// plain value that holds at most `query.depth()` rows. Adding one costs O(log depth).
template <class Row>
class first_rows {
public:
  explicit first_rows(const page_query& x) : depth_(x.depth()), descending_(x.descending) {}

  /// Whether a row with this key would be kept.
  bool takes(const sort_key& key) const noexcept {
    return depth_ > 0 && (rows_.size() < depth_ || before(key, rows_.front().first));
  }

  void add(sort_key key, Row row) {
    if (!takes(key))
      return;
    if (rows_.size() == depth_)
      drop_last();
    rows_.emplace_back(std::move(key), std::move(row));
    std::push_heap(rows_.begin(), rows_.end(), by_place());
  }

  void merge(first_rows&& x) {
    for (auto& [key, row] : x.rows_)
      add(std::move(key), std::move(row));
  }

  /// The rows from `offset` on, in order; of rows with the same key only the first.
  std::vector<Row> take(size_t offset) && {
    std::sort_heap(rows_.begin(), rows_.end(), by_place());
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    rows_.erase(std::unique(rows_.begin(), rows_.end(), same), rows_.end());
    std::vector<Row> result;
    for (size_t i = offset; i < rows_.size(); ++i)
      result.push_back(std::move(rows_[i].second));
    return result;
  }

private:
  bool before(const sort_key& a, const sort_key& b) const noexcept { return descending_ ? b < a : a < b; }
  auto by_place() const {
    return [this](const auto& a, const auto& b) { return before(a.first, b.first); };
  }
  void drop_last() {
    std::pop_heap(rows_.begin(), rows_.end(), by_place());
    rows_.pop_back();
  }

  size_t depth_;
  bool descending_;
  std::vector<std::pair<sort_key, Row>> rows_; // a heap whose first is the last of the order
};

/// `{"total", "matches", "rows"}`.
nlohmann::json page_json(size_t total, size_t matches, nlohmann::json rows);

} // namespace bennu::engine
