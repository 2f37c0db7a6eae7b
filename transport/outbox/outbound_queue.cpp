#include "transport/outbox/outbound_queue.hpp"

#include <algorithm>
#include <utility>

namespace bennu::engine {

namespace {

// The capacity that an empty queue keeps for the next burst.
constexpr size_t kept_entries = 4;

// Replies to pings, heartbeats and leaves are small. A client with this many of them waiting does not read.
constexpr size_t max_control_bytes = size_t{1} << 20;

} // namespace

bool outbound_queue::push(frame_ptr x) {
  const auto size = x->wire().size();
  // A queue that is at most half full accepts any frame, because a large one could never be sent otherwise.
  const auto harmless = policy_ == overflow::close ? max_bytes_ / 2 : 0;
  if (data_bytes_ + size > max_bytes_ && data_bytes_ > harmless) {
    if (policy_ == overflow::close)
      return false;
    make_space(size);
  }
  data_bytes_ += size;
  append({std::move(x), false});
  gauge();
  return true;
}

void outbound_queue::gauge() noexcept {
  congested_ = policy_ == overflow::close && data_bytes_ > (congested_ ? congested_at_ / 2 : congested_at_);
}

bool outbound_queue::push_control(frame_ptr x) {
  if (control_bytes_ + x->wire().size() > std::min(max_bytes_, max_control_bytes) && control_bytes_ > 0)
    return false;
  push_last(std::move(x));
  return true;
}

void outbound_queue::push_last(frame_ptr x) {
  control_bytes_ += x->wire().size();
  append({std::move(x), true});
}

// Drops the entries that have left. Without this, a queue that is never empty would grow without bound. It moves at
// most as many entries as have left, so that each entry moves once on average.
void outbound_queue::append(entry x) {
  if (first_ > kept_entries && first_ >= entries_.size() - first_) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  if (charges_)
    charge(x);
  entries_.push_back(std::move(x));
}

void outbound_queue::begin_charging() noexcept {
  if (std::exchange(charges_, true))
    return;
  for (auto i = first_; i < entries_.size(); ++i)
    charge(entries_[i]);
}

void outbound_queue::recount() noexcept {
  charged_bytes_ = 0;
  for (auto i = first_; i < entries_.size(); ++i)
    charge(entries_[i], std::max(entries_[i].bytes->references(), uint32_t{1}));
}

// The entry itself takes memory too: twice its size, since the capacity of a vector doubles.
void outbound_queue::charge(entry& x, uint32_t owners) noexcept {
  const auto bytes = std::min<size_t>(x.bytes->footprint(), UINT32_MAX / 2);
  x.charge = static_cast<uint32_t>(2 * sizeof(entry) + bytes / owners);
  charged_bytes_ += x.charge;
}

// The entry leaves or is dropped.
void outbound_queue::discount(const entry& x) noexcept {
  (x.control ? control_bytes_ : data_bytes_) -= x.bytes->wire().size();
  charged_bytes_ -= x.charge;
}

void outbound_queue::make_space(size_t for_bytes) {
  const bool all = policy_ == overflow::conflate;
  const auto untouched = entries_.begin() + static_cast<std::ptrdiff_t>(first_ + (sent_ > 0 ? 1 : 0));
  auto kept = std::remove_if(untouched, entries_.end(), [&](const entry& x) {
    if (x.control || (!all && data_bytes_ + for_bytes <= max_bytes_))
      return false;
    discount(x);
    ++dropped_;
    return true;
  });
  entries_.erase(kept, entries_.end());
}

size_t outbound_queue::fill(std::span<iovec> into) const noexcept {
  size_t count = 0;
  size_t skip = sent_;
  for (size_t i = first_; i < entries_.size() && count < into.size(); ++i) {
    const auto bytes = entries_[i].bytes->wire().substr(std::exchange(skip, 0));
    into[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return count;
}

void outbound_queue::consume(size_t count) noexcept {
  while (count > 0) {
    auto& x = entries_[first_];
    const auto left = x.bytes->wire().size() - sent_;
    if (count < left) {
      sent_ += count;
      return;
    }
    count -= left;
    discount(x);
    x.bytes = nullptr;
    sent_ = 0;
    ++first_;
  }
  gauge();
  if (empty())
    clear();
}

std::vector<frame_ptr> outbound_queue::take(size_t max_bytes) {
  std::vector<frame_ptr> result;
  for (size_t bytes = 0; !empty();) {
    auto& x = entries_[first_];
    bytes += x.bytes->wire().size();
    if (!result.empty() && bytes > max_bytes)
      break;
    discount(x);
    result.push_back(std::move(x.bytes));
    ++first_;
  }
  gauge();
  if (empty())
    clear();
  return result;
}

void outbound_queue::drop_unsent() noexcept {
  const auto keep = first_ + (sent_ > 0 ? 1 : 0);
  for (auto i = keep; i < entries_.size(); ++i) {
    discount(entries_[i]);
    ++dropped_;
  }
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(keep), entries_.end());
  gauge();
}

void outbound_queue::clear() noexcept {
  if (entries_.capacity() > kept_entries || first_ == 0)
    std::vector<entry>{}.swap(entries_);
  else
    entries_.clear();
  first_ = sent_ = data_bytes_ = control_bytes_ = charged_bytes_ = 0;
  charges_ = false;
  gauge();
}

} // namespace bennu::engine
