#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>

#include "apps/chat/chat_metrics.hpp"
#include "apps/chat/store.hpp"
#include "apps/chat/store_deadlines.hpp"
#include <bennu/actors/reply.hpp>
#include <bennu/supervision/blocking_pool.hpp>

namespace chat {

/// The stores that no job uses at the moment. Thread safety: any thread.
class store_shelf {
public:
  explicit store_shelf(store_factory make) : make_(std::move(make)) {}

  /// Lends `work` a store for the duration of the call. A store whose work threw is not used again.
  template <class Work>
  auto lend(Work& work) {
    auto one = take();
    auto answer = work(*one);
    put_back(std::move(one));
    return answer;
  }

private:
  std::unique_ptr<store> take() {
    std::lock_guard guard{mutex_};
    if (free_.empty())
      return make_();
    auto one = std::move(free_.back());
    free_.pop_back();
    return one;
  }

  void put_back(std::unique_ptr<store> x) {
    std::lock_guard guard{mutex_};
    free_.push_back(std::move(x));
  }

  const store_factory make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<store>> free_; ///< never more than have run at the same time
};

/// A message of this channel's client is stored: announce it, then reply.
struct message_stored {
  std::shared_ptr<announcement> news;
  int64_t id;
  bennu::deferred_reply answer;
};

/// What is unread in the rooms that a client watches.
struct unread_found {
  result<std::vector<unread_room>> unread;
  std::shared_ptr<const std::vector<seen_room>> rooms; ///< the rooms of the question
  bennu::deferred_reply answer;
  bool subscribed; ///< whether the channel had subscribed to the rooms before it asked
};

} // namespace chat

// The answers of the store, as they arrive at a channel.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::result<chat::room_access>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::result<std::vector<chat::message>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::result<std::vector<chat::notification>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::message_stored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::unread_found)

namespace chat {

/// What stands for a user where askers are served in turn.
inline std::string asker_key(const user& x) {
  return "user " + std::to_string(x.id);
}

/// The store for channels and HTTP handlers: a call returns immediately, and the answer comes by a callback.
///
/// A supervised pool of threads, each of which takes a store for the time of a job. Every question is answered once,
/// within `max_answer_time`: with what the store says, or with `unavailable` when it takes too long, too many wait, the
/// job threw, or the pool is not running. Askers are served in turn: a flood of one asker's questions waits behind the
/// single question of another, and when too many wait, the asker of most is refused. A change that was not begun in
/// time is never made; one that was begun is answered with `uncertain`. Callbacks run on any thread: they must be
/// short, must not throw, and may answer HTTP requests and deferred replies, or send CAF messages.
/// Thread safety: any thread may call it.
class store_pool {
public:
  /// The limits of the pool, each with the reason for its default.
  struct options {
    /// One thread waits for the disk while the other reads; SQLite has one writer anyway.
    size_t workers = 2;

    /// Questions that wait. At 5,000 small queries a second that is a fifth of a second of waiting; then the asker of
    /// most hears `unavailable` (limit "database").
    size_t max_waiting = 1024;

    /// Messages in one transaction. With more than 128, the wait for the disk hardly matters to each of them.
    size_t max_batch = 128;

    /// Messages that wait for their transaction; further ones are answered `unavailable`.
    size_t max_waiting_messages = 4096;

    /// Half of the time that the official client waits for a reply, so that it receives "unavailable" before it gives
    /// up.
    std::chrono::milliseconds max_answer_time = std::chrono::seconds{5};

    /// A job that takes longer is abandoned, together with its thread. 20 s exceed every timeout of the databases.
    std::chrono::milliseconds max_job_time = std::chrono::seconds{20};
  };

  /// `numbers` counts what the pool does.
  store_pool(store_factory make, options limits, std::shared_ptr<chat_metrics> numbers);

  /// The pool as a child of a tree. Until it runs, and after its end, everything is `unavailable`.
  bennu::child_spec supervised() const;

  /// `ask([](store& s) { return s.rooms_of(7); }, [](result<std::vector<room>> rooms) { … })`.
  /// @param asker whose turn it takes: an `asker_key` or an `address_key`; all with an empty one share a turn
  template <class Work, class Done>
  void ask(Work work, Done callback, const std::string& asker = {}) const {
    begin(std::move(work), std::move(callback), false, asker);
  }

  /// As `ask`; the answer comes as a message to `whom`.
  template <class Work>
  void ask_for(caf::actor whom, Work work, const std::string& asker = {}) const {
    ask(
      std::move(work), [whom = std::move(whom)](auto answer) { caf::anon_send(whom, std::move(answer)); }, asker);
  }

  /// As `ask`, for work that changes something.
  template <class Work, class Done>
  void change(Work work, Done callback, const std::string& asker = {}) const {
    begin(std::move(work), std::move(callback), true, asker);
  }

  /// Stores a message. Messages that arrive while a transaction runs share the next one. `late` is called when the
  /// message was stored after `callback` had received the failure `uncertain`.
  void add_message(draft x, std::function<void(result<stored_message>)> callback,
                   std::function<void(stored_message)> late = {}) const;

private:
  struct pending_messages;
  struct pending_jobs;
  class batch_run;

  template <class Work, class Done>
  void begin(Work work, Done callback, bool changes, const std::string& asker) const {
    using value = typename std::invoke_result_t<Work&, store&>::value_type;
    auto open = std::make_shared<store_question<value>>(std::move(callback), refusal(), changes);
    deadlines_->watch(open);
    run(
      [shelf = shelf_, work = std::move(work), open] {
        if (open->begin())
          open->answer(shelf->lend(work));
      },
      asker);
  }

  static store_failure refusal();
  void run(std::function<void()> work, const std::string& asker) const;
  void start_run(uint64_t id) const;

  std::shared_ptr<store_shelf> shelf_;
  std::shared_ptr<pending_messages> pending_;
  std::shared_ptr<pending_jobs> jobs_;
  std::shared_ptr<chat_metrics> numbers_;
  std::shared_ptr<store_deadlines> deadlines_;
  bennu::blocking_pool threads_;
};

} // namespace chat
