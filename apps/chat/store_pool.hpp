#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "apps/chat/store.hpp"
#include "apps/chat/worker_pool.hpp"

namespace chat {

/// The store as channels and HTTP handlers use it: ask, go on, be called back.
///
/// Each worker owns a store. Callbacks run on a worker (or on the caller's thread when the queue is full): they must be short
/// and may answer HTTP requests and deferred replies, or send CAF messages.
/// Thread safety: any thread may call it.
class store_pool {
public:
  /// Every default with its reason.
  struct options {
    /// One that waits for the disk, one that reads meanwhile; SQLite has one writer anyway.
    size_t workers = 2;

    /// At 5,000 small queries a second that is a fifth of a second of waiting; then clients hear `unavailable`.
    size_t max_waiting = 1024;

    /// Messages that one transaction takes. 128: beyond it the disk's wait no longer counts.
    size_t max_batch = 128;

    /// Messages that wait for their transaction; further ones are answered `unavailable`.
    size_t max_waiting_messages = 4096;
  };

  store_pool(const store_factory& make, options limits);

  /// `ask([](store& s) { return s.rooms_of(7); }, [](result<std::vector<room>> rooms) { … })`.
  template <class Work, class Done>
  void ask(Work work, Done callback) {
    auto job = [this, work, callback](size_t worker) { callback(work(*stores_[worker])); };
    if (!workers_->run(job))
      callback(unavailable("too many requests wait for the database"));
  }

  /// Stores a message. Those that arrive while a transaction runs share the next one.
  void add_message(draft x, std::function<void(result<stored_message>)> callback);

private:
  struct pending_message {
    draft text;
    std::function<void(result<stored_message>)> callback;
  };

  void store_batch(size_t worker);
  std::vector<pending_message> next_batch();
  void refuse_all(const std::string& why);

  const options limits_;
  std::vector<std::unique_ptr<store>> stores_;
  std::mutex mutex_;
  std::vector<pending_message> pending_;
  bool batch_under_way_ = false;
  std::unique_ptr<worker_pool> workers_; // last: its threads use what is above
};

} // namespace chat
