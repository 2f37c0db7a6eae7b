#pragma once

#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/send.hpp>

#include "apps/chat/chat_metrics.hpp"
#include "apps/chat/question.hpp"
#include "apps/chat/store.hpp"
#include "apps/chat/store_shelf.hpp"
#include <bennu/supervision/blocking_pool.hpp>

namespace chat {

/// The store as channels and HTTP handlers use it: ask, go on, be called back.
///
/// A supervised pool of threads, each of which takes a store for the time of a job. Every question is answered once: with what the store
/// says, or with `unavailable` when too many wait, the job threw, or the pool is not running.
/// Callbacks run on any thread: they must be short, must not throw, and may answer HTTP requests and deferred replies, or send CAF
/// messages.
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

    /// A job that takes longer is given up, and its thread with it: beyond every time limit that the databases were given.
    std::chrono::milliseconds max_job_time = std::chrono::seconds{20};
  };

  /// `numbers` is told what the pool does.
  store_pool(store_factory make, options limits, std::shared_ptr<chat_metrics> numbers);

  /// The pool as a child of a tree. Until it runs, and after its end, everything is `unavailable`.
  bennu::child_spec supervised() const { return threads_.supervised("store"); }

  /// `ask([](store& s) { return s.rooms_of(7); }, [](result<std::vector<room>> rooms) { … })`.
  template <class Work, class Done>
  void ask(Work work, Done callback) const {
    using answer = std::invoke_result_t<Work&, store&>;
    auto open = std::make_shared<question<answer>>(std::move(callback), refusal());
    run([shelf = shelf_, work = std::move(work), open] { open->answer(shelf->lend(work)); });
  }

  /// As `ask`; the answer comes as a message to `whom`.
  template <class Work>
  void ask_for(caf::actor whom, Work work) const {
    ask(std::move(work), [whom = std::move(whom)](auto answer) { caf::anon_send(whom, std::move(answer)); });
  }

  /// Stores a message. Those that arrive while a transaction runs share the next one.
  void add_message(draft x, std::function<void(result<stored_message>)> callback) const;

private:
  struct pending_messages;
  class batch_run;

  static store_failure refusal();
  void run(std::function<void()> work) const;

  std::shared_ptr<store_shelf> shelf_;
  std::shared_ptr<pending_messages> pending_;
  std::shared_ptr<chat_metrics> numbers_;
  bennu::blocking_pool threads_;
};

} // namespace chat
