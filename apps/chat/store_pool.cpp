#include "apps/chat/store_pool.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>

namespace chat {

using message_question = question<result<stored_message>>;

struct pending_message {
  draft text;
  std::shared_ptr<message_question> open;
};

using batch = std::vector<pending_message>;

namespace {

using clock = std::chrono::steady_clock;

bennu::blocking_pool_options threads_for(const store_pool::options& limits) {
  bennu::blocking_pool_options result;
  result.name = "store";
  result.threads = limits.workers;
  result.max_queued = limits.max_waiting;
  result.max_job_time = limits.max_job_time;
  return result;
}

double in_seconds(clock::duration x) {
  return std::chrono::duration<double>(x).count();
}

void store_batch(store& into, const batch& texts) {
  std::vector<draft> drafts;
  drafts.reserve(texts.size());
  for (auto& x : texts)
    drafts.push_back(x.text);
  auto stored = into.add_messages(drafts);
  for (size_t i = 0; i < texts.size(); ++i)
    texts[i].open->answer(stored ? std::move((*stored)[i]) : result<stored_message>{stored.failure()});
}

} // namespace

struct store_pool::pending_messages {
  explicit pending_messages(const options& x) : limits(x) {}

  const options limits;
  std::mutex mutex;
  batch waiting;
  bool run_under_way = false;

  /// @returns whether a run must be started for it; nothing when too many wait.
  std::optional<bool> add(pending_message x) {
    std::lock_guard guard{mutex};
    if (waiting.size() >= limits.max_waiting_messages)
      return std::nullopt;
    waiting.push_back(std::move(x));
    return !std::exchange(run_under_way, true);
  }

  /// What the next transaction takes. When nothing waits the run is over: whoever comes later starts another.
  batch next() {
    std::lock_guard guard{mutex};
    const auto n = static_cast<std::ptrdiff_t>(std::min(waiting.size(), limits.max_batch));
    batch taken{std::make_move_iterator(waiting.begin()), std::make_move_iterator(waiting.begin() + n)};
    waiting.erase(waiting.begin(), waiting.begin() + n);
    run_under_way = !taken.empty();
    return taken;
  }

  /// The run was refused or broke off: nobody will come for what waits.
  void give_up() {
    batch dropped;
    std::lock_guard guard{mutex};
    dropped.swap(waiting);
    run_under_way = false;
  }
};

/// One job of the pool that stores what waits, until nothing does.
class store_pool::batch_run {
public:
  explicit batch_run(std::shared_ptr<pending_messages> from) : from_(std::move(from)) {}
  ~batch_run() {
    if (!over_)
      from_->give_up();
  }
  batch_run(const batch_run&) = delete;
  batch_run& operator=(const batch_run&) = delete;

  void operator()(store_shelf& shelf) {
    auto work = [this](store& into) {
      for (auto texts = from_->next(); !texts.empty(); texts = from_->next())
        store_batch(into, texts);
      return true;
    };
    over_ = shelf.lend(work);
  }

private:
  std::shared_ptr<pending_messages> from_;
  bool over_ = false;
};

store_pool::store_pool(store_factory make, options limits, std::shared_ptr<chat_metrics> numbers)
  : shelf_(std::make_shared<store_shelf>(std::move(make))), pending_(std::make_shared<pending_messages>(limits)),
    numbers_(std::move(numbers)), threads_(threads_for(limits)) {}

void store_pool::add_message(draft x, std::function<void(result<stored_message>)> callback) const {
  auto counted = [numbers = numbers_, callback = std::move(callback)](result<stored_message> stored) {
    if (stored)
      numbers->messages_stored.Increment();
    callback(std::move(stored));
  };
  auto open = std::make_shared<message_question>(std::move(counted), refusal());
  if (pending_->add({std::move(x), std::move(open)}).value_or(false))
    run([shelf = shelf_, job = std::make_shared<batch_run>(pending_)] { (*job)(*shelf); });
}

store_failure store_pool::refusal() {
  return unavailable("too many requests wait for the database, or its pool is not running");
}

void store_pool::run(std::function<void()> work) const {
  auto pool = threads_.handle();
  if (!pool)
    return;
  numbers_->store_jobs.Increment();
  std::shared_ptr<void> counted{nullptr,
                                [x = numbers_](void*) { x->store_jobs.Decrement(); }}; // done, refused or dropped
  auto job = [work = std::move(work), counted, numbers = numbers_, asked = clock::now()] {
    const auto begun = clock::now();
    numbers->store_waits.Observe(in_seconds(begun - asked));
    work();
    numbers->store_times.Observe(in_seconds(clock::now() - begun));
  };
  caf::anon_send(pool, bennu::make_blocking_job(std::move(job), "store"));
}

} // namespace chat
