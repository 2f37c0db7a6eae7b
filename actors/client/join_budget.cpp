#include "actors/client/join_budget.hpp"

namespace bennu::engine {

join_place::~join_place() {
  if (budget_ != nullptr)
    budget_->give_back(bytes_);
}

std::variant<join_place, std::string_view> join_budget::take(std::string_view user, size_t max_of_user, size_t bytes) {
  auto of_user = users_.take(user, max_of_user);
  if (!of_user)
    return std::string_view{"joins_per_id"};
  const auto joins = joins_.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto all_bytes = bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  join_place result{*this, bytes, std::move(*of_user)};
  if (joins > limits_.max_joins)
    return std::string_view{"all_joins"};
  if (all_bytes > limits_.max_bytes)
    return std::string_view{"all_join_bytes"};
  return result;
}

void join_budget::give_back(size_t bytes) noexcept {
  joins_.fetch_sub(1, std::memory_order_relaxed);
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

} // namespace bennu::engine
