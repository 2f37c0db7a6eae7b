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
}

bool buffer_list::hold(buffer_holder& x, size_t bytes) {
  const bool grows = bytes > x.bytes_;
  set(x, bytes > small_bytes ? bytes : 0);
  while (grows && x.bytes_ > 0 && budget_.used.load(std::memory_order_relaxed) > budget_.max) {
    auto& first = largest();
    if (first.bytes_ <= x.bytes_)
      return false;
    first.release();
    first.on_shed(); // may destroy it
  }
  return true;
}

// Growing fails only without memory, and shrinking never fails.
void buffer_list::set(buffer_holder& x, size_t bytes) {
  if (x.list_ == nullptr && bytes > 0) {
    holders_.push_back(&x);
    x.place_ = holders_.size() - 1;
    x.list_ = this;
  }
  budget_.used.fetch_add(bytes - x.bytes_, std::memory_order_relaxed); // modulo 2^64, so that it also subtracts
  x.bytes_ = bytes;
  if (x.list_ == nullptr || bytes > 0)
    return;
  holders_[x.place_] = holders_.back();
  holders_[x.place_]->place_ = x.place_;
  holders_.pop_back();
  x.list_ = nullptr;
}

buffer_holder& buffer_list::largest() const noexcept {
  return **std::max_element(holders_.begin(), holders_.end(),
                            [](const auto* a, const auto* b) { return a->held_bytes() < b->held_bytes(); });
}

} // namespace bennu::engine
