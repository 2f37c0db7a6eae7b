#include "apps/chat/store_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chat {

store_pool::store_pool(const store_factory& make, options limits) : limits_(limits) {
  for (size_t i = 0; i < limits_.workers; ++i)
    stores_.push_back(make());
  workers_ = std::make_unique<worker_pool>(limits_.workers, limits_.max_waiting);
}

void store_pool::add_message(draft x, std::function<void(result<stored_message>)> callback) {
  {
    std::unique_lock lock{mutex_};
    if (pending_.size() >= limits_.max_waiting_messages) {
      lock.unlock();
      return callback(unavailable("too many messages wait for the database"));
    }
    pending_.push_back({std::move(x), std::move(callback)});
    if (std::exchange(batch_under_way_, true))
      return;
  }
  if (!workers_->run([this](size_t worker) { store_batch(worker); }))
    refuse_all("too many requests wait for the database");
}

// Ends only when nothing waits: whoever came meanwhile relied on it.
void store_pool::store_batch(size_t worker) {
  for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
    std::vector<draft> drafts;
    drafts.reserve(batch.size());
    for (auto& x : batch)
      drafts.push_back(x.text);
    auto stored = stores_[worker]->add_messages(drafts);
    for (size_t i = 0; i < batch.size(); ++i)
      batch[i].callback(stored ? std::move((*stored)[i]) : result<stored_message>{stored.failure()});
  }
}

std::vector<store_pool::pending_message> store_pool::next_batch() {
  std::lock_guard guard{mutex_};
  const auto n = static_cast<std::ptrdiff_t>(std::min(pending_.size(), limits_.max_batch));
  std::vector<pending_message> batch{std::make_move_iterator(pending_.begin()),
                                     std::make_move_iterator(pending_.begin() + n)};
  pending_.erase(pending_.begin(), pending_.begin() + n);
  batch_under_way_ = !batch.empty();
  return batch;
}

void store_pool::refuse_all(const std::string& why) {
  std::vector<pending_message> refused;
  {
    std::lock_guard guard{mutex_};
    refused.swap(pending_);
    batch_under_way_ = false;
  }
  for (auto& x : refused)
    x.callback(unavailable(why));
}

} // namespace chat
