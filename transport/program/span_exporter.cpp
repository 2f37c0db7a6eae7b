#include "transport/program/span_exporter.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>

namespace bennu::engine {

namespace {

using clock = std::chrono::steady_clock;

// A collector that takes longer is overloaded. OpenTelemetry's default.
constexpr auto longest_request = std::chrono::seconds{10};

constexpr auto longest_stop = std::chrono::seconds{2};

// The memory of a span, approximately.
size_t bytes_of(const span_record& x) {
  auto result = sizeof(span_record) + x.name.size() + x.context.state.size() + x.links.size() * sizeof(trace_context);
  for (const auto& one : x.attributes) {
    const auto* text = std::get_if<std::string>(&one.value);
    result += sizeof(one) + one.name.size() + (text != nullptr ? text->size() : 0);
  }
  for (const auto& one : x.links)
    result += one.state.size();
  return result;
}

bool is_retryable(unsigned status) {
  return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

std::string reason_of(const otlp_outcome& x) {
  constexpr size_t enough = 200;
  const auto text = x.text.substr(0, enough);
  return x.status == 0 ? text : "it answers " + std::to_string(x.status) + (text.empty() ? "" : ": " + text);
}

} // namespace

// -- the queue ------------------------------------------------------------------

bool span_queue::add(span_record&& x) {
  const auto bytes = bytes_of(x);
  if (bytes_ + bytes > max_bytes_)
    return false;
  bytes_ += bytes;
  spans_.push_back(std::move(x));
  return true;
}

std::vector<span_record> span_queue::take() {
  std::vector<span_record> result;
  const auto end = std::min(spans_.size(), taken_ + max_batch);
  for (; taken_ < end; ++taken_) {
    bytes_ -= bytes_of(spans_[taken_]);
    result.push_back(std::move(spans_[taken_]));
  }
  if (2 * taken_ >= spans_.size()) {
    spans_.erase(spans_.begin(), spans_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
  return result;
}

// -- the pace -------------------------------------------------------------------

export_pace::verdict export_pace::tried(const otlp_outcome& x, clock::time_point now, double jitter) {
  constexpr int most_doublings = 5; // 32 s
  constexpr auto longest_pause = std::chrono::hours{1};
  if (!is_retryable(x.status)) {
    attempts_ = failures_ = 0;
    not_before_ = {};
    return x.status >= 200 && x.status < 300 ? verdict::done : verdict::lost;
  }
  const auto pause = std::chrono::milliseconds{1000 << std::min(failures_++, most_doublings)};
  not_before_ = now + std::chrono::duration_cast<clock::duration>(pause * (0.5 + std::clamp(jitter, 0.0, 1.0)));
  if (x.retry_after)
    not_before_ = now + std::min<std::chrono::seconds>(*x.retry_after, longest_pause);
  if (++attempts_ < max_attempts)
    return verdict::again;
  attempts_ = 0;
  return verdict::lost;
}

// -- the thread -----------------------------------------------------------------

struct span_exporter::state {
  state(otlp_target where, otlp_resource who, std::chrono::milliseconds wait, size_t max_bytes)
    : to(std::move(where)), from(std::move(who)), delay(wait), queue(max_bytes) {}

  void add(span_record&& x) {
    bool is_full = false;
    {
      std::lock_guard guard{mutex};
      if (is_ending || !queue.add(std::move(x))) {
        ++numbers.dropped;
        return;
      }
      is_full = queue.size() == span_queue::max_batch;
    }
    if (is_full)
      changed.notify_all();
  }

  // Waits until spans are to be sent. Empty at the end.
  std::vector<span_record> next() {
    std::unique_lock guard{mutex};
    changed.wait_until(guard, pace.not_before(), [this] { return is_ending; });
    for (;;) {
      changed.wait_for(guard, delay, [this] { return is_ending || queue.has_batch(); });
      if (is_ending || queue.size() > 0)
        return queue.take();
    }
  }

  clock::time_point deadline_from(clock::time_point begun) {
    std::lock_guard guard{mutex};
    return is_ending ? std::min(end_by, begun + longest_request) : begun + longest_request;
  }

  void run() {
    for (auto spans = next(); !spans.empty(); spans = next())
      send(spans);
    std::lock_guard guard{mutex};
    is_over = true;
    changed.notify_all();
  }

  void send(const std::vector<span_record>& spans) {
    const auto body = otlp_request(from, BENNU_VERSION, spans);
    for (;;) {
      const auto begun = clock::now();
      const auto outcome = post_spans(to, body, [&] { return deadline_from(begun); });
      const auto what = pace.tried(outcome, clock::now(), std::uniform_real_distribution<>{}(random));
      tell(outcome);
      if (what != export_pace::verdict::again)
        return count(spans.size(), outcome, what == export_pace::verdict::done);
      std::unique_lock guard{mutex};
      if (changed.wait_until(guard, pace.not_before(), [this] { return is_ending; })) {
        numbers.failed += spans.size();
        return;
      }
    }
  }

  void count(size_t spans, const otlp_outcome& x, bool is_sent) {
    const auto refused = is_sent ? partial_success_in(x.text) : std::nullopt;
    if (refused)
      spdlog::warn("the collector of spans refused {} of {}: {}", refused->rejected, spans, refused->text);
    const auto rejected = refused ? std::min<uint64_t>(static_cast<uint64_t>(refused->rejected), spans) : 0;
    std::lock_guard guard{mutex};
    numbers.exported += is_sent ? spans - rejected : 0;
    numbers.rejected += is_sent ? rejected : (x.status != 0 && !is_retryable(x.status) ? spans : 0);
    numbers.failed += !is_sent && is_retryable(x.status) ? spans : 0;
  }

  // One line when it begins to fail, and one when it works again.
  void tell(const otlp_outcome& x) {
    const bool works = x.status >= 200 && x.status < 300;
    if (works == std::exchange(works_now, works))
      return;
    if (works)
      spdlog::info("spans reach {} again", to.url.text());
    else
      spdlog::warn("spans do not reach {}: {}", to.url.text(), reason_of(x));
  }

  const otlp_target to;
  const otlp_resource from;
  const std::chrono::milliseconds delay;
  std::mutex mutex;
  std::condition_variable changed;
  span_queue queue;
  counts numbers;
  bool is_ending = false, is_over = false;
  clock::time_point end_by{};
  // Of the thread:
  export_pace pace;
  bool works_now = true;
  std::minstd_rand random{std::random_device{}()};
};

span_exporter::span_exporter(otlp_target to, otlp_resource from, std::chrono::milliseconds delay, size_t max_bytes)
  : state_(std::make_shared<state>(std::move(to), std::move(from), delay, max_bytes)) {
  thread_ = std::thread{[shared = state_] { shared->run(); }};
}

span_exporter::~span_exporter() {
  stop();
}

std::function<void(span_record&&)> span_exporter::receiver() const {
  return [shared = state_](span_record&& x) { shared->add(std::move(x)); };
}

void span_exporter::stop() {
  std::unique_lock guard{state_->mutex};
  if (!std::exchange(state_->is_ending, true)) {
    state_->end_by = clock::now() + longest_stop;
    state_->changed.notify_all();
  }
  constexpr auto grace = std::chrono::milliseconds{200};
  const bool is_over = state_->changed.wait_until(guard, state_->end_by + grace, [this] { return state_->is_over; });
  auto ended = std::move(thread_);
  guard.unlock();
  if (!ended.joinable())
    return; // this was called before
  if (is_over)
    ended.join();
  else
    ended.detach(); // it waits for a name server
}

span_exporter::counts span_exporter::counted() const {
  return counter()();
}

std::function<span_exporter::counts()> span_exporter::counter() const {
  return [shared = state_] {
    std::lock_guard guard{shared->mutex};
    return shared->numbers;
  };
}

} // namespace bennu::engine
