#include "apps/chat/store_pool.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <mutex>
#include <optional>
#include <vector>

#include "apps/chat/fair_queue.hpp"
#include <bennu/supervision/supervisor.hpp>

namespace chat {

using message_question = store_question<stored_message>;

struct pending_message {
  draft text;
  std::shared_ptr<message_question> open;
  std::function<void(stored_message)> late;
};

using batch = std::vector<pending_message>;

namespace {

using clock = std::chrono::steady_clock;

bennu::blocking_pool_options threads_for(const store_pool::options& limits) {
  bennu::blocking_pool_options result;
  result.name = "store";
  result.threads = limits.workers;
  result.max_queued = 2 * limits.max_waiting + 64; // never reached: `pending_jobs` has the bound
  result.max_job_time = limits.max_job_time;
  return result;
}

double in_seconds(clock::duration x) {
  return std::chrono::duration<double>(x).count();
}

// Leaves out messages whose time is over: their authors were told that they are not stored.
void store_batch(store& into, batch texts) {
  std::erase_if(texts, [](const pending_message& x) { return !x.open->begin(); });
  if (texts.empty())
    return;
  std::vector<draft> drafts;
  drafts.reserve(texts.size());
  for (auto& x : texts)
    drafts.push_back(x.text);
  const auto stored = into.add_messages(drafts);
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto& one = stored ? (*stored)[i] : result<stored_message>{stored.failure()};
    if (!texts[i].open->answer(one) && one && texts[i].late)
      texts[i].late(*one);
  }
}

} // namespace

struct store_pool::pending_messages {
  explicit pending_messages(const options& x) : limits(x) {}

  /// @returns the number of the run that must be started for it; nothing when one is under way, or too many wait.
  std::optional<uint64_t> add(pending_message x) {
    std::lock_guard guard{mutex};
    if (waiting.size() >= limits.max_waiting_messages)
      return std::nullopt;
    waiting.push_back(std::move(x));
    const auto now = clock::now();
    if (under_way && now - begun < limits.max_job_time)
      return std::nullopt;
    under_way = true; // a run that is stuck in the database has been given up, and a new one goes on without it
    begun = now;
    return ++run;
  }

  /// The messages of a run's next transaction. When none waits, the run is over, and a later message starts another.
  batch next(uint64_t of_run) {
    std::lock_guard guard{mutex};
    if (of_run != run)
      return {};
    const auto n = static_cast<std::ptrdiff_t>(std::min(waiting.size(), limits.max_batch));
    batch taken{std::make_move_iterator(waiting.begin()), std::make_move_iterator(waiting.begin() + n)};
    waiting.erase(waiting.begin(), waiting.begin() + n);
    under_way = !taken.empty();
    return taken;
  }

  /// The run goes on in another job, so that none of them takes too long.
  void goes_on() {
    std::lock_guard guard{mutex};
    begun = clock::now();
  }

  /// The run was refused or threw: drops the messages that wait for it.
  void give_up(uint64_t of_run) {
    batch dropped; // destroyed outside of the lock
    std::lock_guard guard{mutex};
    if (of_run != run)
      return;
    dropped.swap(waiting);
    under_way = false;
  }

private:
  const options limits;
  std::mutex mutex;
  batch waiting;
  uint64_t run = 0;
  bool under_way = false;
  clock::time_point begun{};
};

/// The questions that wait, in turn of their askers. For each of them the pool of threads has a ticket.
struct store_pool::pending_jobs {
  using job = std::function<void()>;

  explicit pending_jobs(size_t max_waiting) : waiting(max_waiting) {}

  /// @returns what has no place, to be destroyed outside of the lock.
  std::optional<job> add(const std::string& asker, job x) {
    std::lock_guard guard{mutex};
    return waiting.push(asker, std::move(x));
  }

  std::optional<job> take() {
    std::lock_guard guard{mutex};
    return waiting.pop();
  }

  /// Does the next job. A ticket that is dropped unused drops one job.
  class ticket {
  public:
    explicit ticket(std::shared_ptr<pending_jobs> from) : from_(std::move(from)) {}
    ~ticket() {
      if (!used_)
        (void)from_->take();
    }
    ticket(const ticket&) = delete;
    ticket& operator=(const ticket&) = delete;

    void use() {
      used_ = true;
      if (const auto next = from_->take())
        (*next)();
    }

  private:
    std::shared_ptr<pending_jobs> from_;
    bool used_ = false;
  };

private:
  std::mutex mutex;
  fair_queue<job> waiting;
};

/// A job of the pool that stores waiting messages until none waits, or for about a second.
class store_pool::batch_run {
public:
  batch_run(std::shared_ptr<pending_messages> from, uint64_t id) : from_(std::move(from)), id_(id) {}
  ~batch_run() {
    if (!over_)
      from_->give_up(id_);
  }
  batch_run(const batch_run&) = delete;
  batch_run& operator=(const batch_run&) = delete;

  /// @returns whether another job has to go on.
  bool operator()(store_shelf& shelf) {
    const auto end = clock::now() + std::chrono::seconds{1};
    auto work = [this, end](store& into) {
      for (;;) {
        auto texts = from_->next(id_);
        if (texts.empty())
          return false;
        store_batch(into, std::move(texts));
        if (clock::now() >= end)
          return true;
      }
    };
    const bool more = shelf.lend(work);
    over_ = true;
    return more;
  }

private:
  std::shared_ptr<pending_messages> from_;
  const uint64_t id_;
  bool over_ = false;
};

store_pool::store_pool(store_factory make, options limits, std::shared_ptr<chat_metrics> numbers)
  : shelf_(std::make_shared<store_shelf>(std::move(make))), pending_(std::make_shared<pending_messages>(limits)),
    jobs_(std::make_shared<pending_jobs>(limits.max_waiting)), numbers_(std::move(numbers)),
    deadlines_(std::make_shared<store_deadlines>(limits.max_answer_time)), threads_(threads_for(limits)) {}

bennu::child_spec store_pool::supervised() const {
  bennu::supervisor_spec both{bennu::one_for_one};
  both.add(store_deadlines::supervised(deadlines_));
  both.add(threads_.supervised("store threads"));
  return both.supervised("store");
}

void store_pool::add_message(draft x, std::function<void(result<stored_message>)> callback,
                             std::function<void(stored_message)> late) const {
  auto counted = [numbers = numbers_, callback = std::move(callback)](result<stored_message> stored) {
    if (stored)
      numbers->messages_stored.Increment();
    callback(std::move(stored));
  };
  auto open = std::make_shared<message_question>(std::move(counted), refusal(), true);
  deadlines_->watch(open);
  if (const auto id = pending_->add({std::move(x), std::move(open), std::move(late)}))
    start_run(*id);
}

void store_pool::start_run(uint64_t id) const {
  run(
    [self = *this, id, job = std::make_shared<batch_run>(pending_, id)] {
      if (!(*job)(*self.shelf_))
        return;
      self.pending_->goes_on();
      self.start_run(id);
    },
    "messages");
}

store_failure store_pool::refusal() {
  return unavailable("too many requests wait for the database, or its pool is not running");
}

void store_pool::run(std::function<void()> work, const std::string& asker) const {
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
  if (jobs_->add(asker, std::move(job)))
    return numbers_->limited("database");
  caf::anon_send(pool, bennu::make_blocking_job(
                         [ticket = std::make_shared<pending_jobs::ticket>(jobs_)] { ticket->use(); }, "store"));
}

} // namespace chat
