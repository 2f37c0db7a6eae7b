#include "transport/io/connection_slot.hpp"

#include <algorithm>

namespace bennu::engine {

void buffer_holder::release() noexcept {
  if (list_ != nullptr)
    list_->set(*this, 0);
}

buffer_list::~buffer_list() {
  while (!holders_.empty())
    holders_.back()->release();
  --budget_.lists;
}

std::string_view buffer_list::hold(buffer_holder& x, size_t bytes) {
  const bool grows = bytes > x.bytes_;
  set(x, bytes > small_bytes ? bytes : 0);
  if (!grows || x.bytes_ == 0 || limit_of(x).empty())
    return {};
  count_again();
  for (auto limit = limit_of(x); x.bytes_ > 0 && !limit.empty(); limit = limit_of(x)) {
    auto& first = largest(limit == budget_.of.limit_of_address ? x.address_ : nullptr);
    if (first.bytes_ <= x.bytes_)
      return limit;
    first.release();
    first.on_shed(limit); // may destroy it
  }
  return {};
}

void buffer_list::relieve() {
  if (!budget_.of.is_estimate || !is_over())
    return;
  count_again();
  while (is_over() && !holders_.empty()) {
    auto& first = largest(nullptr);
    first.release();
    first.on_shed(budget_.of.limit); // may destroy it
  }
}

void buffer_list::count_again() {
  if (!budget_.of.is_estimate)
    return;
  for (size_t i = holders_.size(); i-- > 0;) { // the last one takes the place of one that holds little
    auto& x = *holders_[i];
    const auto bytes = x.recount();
    set(x, bytes > small_bytes ? bytes : 0);
  }
}

// The limit that lets this holder grow no more.
std::string_view buffer_list::limit_of(const buffer_holder& x) const noexcept {
  return address_is_over(x) ? budget_.of.limit_of_address : is_over() ? budget_.of.limit : std::string_view{};
}

bool buffer_list::is_over() const noexcept {
  if (budget_.used.load(std::memory_order_relaxed) <= budget_.max)
    return false;
  return !budget_.of.is_estimate || used_ > budget_.max / budget_.lists.load(std::memory_order_relaxed);
}

bool buffer_list::address_is_over(const buffer_holder& x) const noexcept {
  return x.address_ != nullptr && budget_.max_per_address != 0
         && (x.address_->*budget_.of.used).load(std::memory_order_relaxed) > budget_.max_per_address;
}

// Growing fails only without memory, and shrinking never fails.
void buffer_list::set(buffer_holder& x, size_t bytes) {
  if (x.list_ == nullptr && bytes > 0) {
    holders_.push_back(&x);
    x.place_ = holders_.size() - 1;
    x.list_ = this;
  }
  used_ += bytes - x.bytes_; // modulo 2^64, so that it also subtracts
  budget_.used.fetch_add(bytes - x.bytes_, std::memory_order_relaxed);
  if (x.address_ != nullptr)
    (x.address_->*budget_.of.used).fetch_add(bytes - x.bytes_, std::memory_order_relaxed);
  x.bytes_ = bytes;
  if (x.list_ == nullptr || bytes > 0)
    return;
  holders_[x.place_] = holders_.back();
  holders_[x.place_]->place_ = x.place_;
  holders_.pop_back();
  x.list_ = nullptr;
}

// REQUIRES: there is one.
buffer_holder& buffer_list::largest(const share* of_address) const noexcept {
  const auto rank = [of_address](const buffer_holder* x) {
    return of_address == nullptr || x->address_ == of_address ? x->bytes_ : 0;
  };
  return **std::max_element(holders_.begin(), holders_.end(),
                            [rank](const auto* a, const auto* b) { return rank(a) < rank(b); });
}

} // namespace bennu::engine
