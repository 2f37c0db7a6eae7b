#include "actors/client/shares.hpp"

namespace bennu::engine {

share_place& share_place::operator=(share_place&& other) noexcept {
  if (this != &other) {
    release();
    table_ = std::exchange(other.table_, nullptr);
    held_ = std::exchange(other.held_, nullptr);
  }
  return *this;
}

void share_place::release() noexcept {
  auto* held = std::exchange(held_, nullptr);
  if (held == nullptr)
    return;
  std::lock_guard guard{table_->mutex_};
  if (--held->second.places == 0)
    table_->shares_.erase(table_->shares_.find(held->first));
}

std::optional<share_place> share_table::take(std::string_view key, size_t max) {
  if (key.empty() || max == 0)
    return share_place{};
  std::lock_guard guard{mutex_};
  auto& held = *shares_.try_emplace(std::string{key}).first;
  if (held.second.places >= max)
    return std::nullopt;
  ++held.second.places;
  return share_place{*this, held};
}

size_t share_table::keys() const {
  std::lock_guard guard{mutex_};
  return shares_.size();
}

size_t share_table::places_of(std::string_view key) const {
  std::lock_guard guard{mutex_};
  const auto found = shares_.find(std::string{key});
  return found == shares_.end() ? 0 : found->second.places;
}

} // namespace bennu::engine
