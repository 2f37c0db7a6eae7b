#include "transport/observer/event_log.hpp"

#include <chrono>

#include "transport/observer/question.hpp"

namespace bennu::engine {

namespace {

constexpr size_t max_field_bytes = 512;
constexpr size_t max_trace_bytes = 8 << 10;

} // namespace

int64_t event_log::steady_now() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::shared_ptr<event_log> event_log::listen(telemetry& hub) {
  auto x = std::make_shared<event_log>(hub);
  hub.attach("process.crashed", [x](const telemetry_event&) { x->crashes_.fetch_add(1, std::memory_order_relaxed); });
  hub.attach("supervisor.restarted",
             [x](const telemetry_event&) { x->restarts_.fetch_add(1, std::memory_order_relaxed); });
  hub.attach("supervisor.child_terminated", [x](const telemetry_event& event) { x->crashed(event); });
  hub.attach("limit.hit", [x](const telemetry_event& event) { x->hit(event); });
  for (const auto* name : {"link.up", "link.down"})
    hub.attach(name, [x](const telemetry_event& event) { x->linked(event); });
  hub.attach("socket.disconnected", [x](const telemetry_event& event) { x->closed(event); });
  return x;
}

void event_log::closed(const telemetry_event& x) {
  ended_.record(told_by(x));
  const auto count = [&x](std::string_view key) { return static_cast<uint64_t>(x.number(key)); };
  std::lock_guard guard{mutex_};
  if (ends_.size() < max_limits)
    ++ends_[shown_text(x.text("reason"), 64)];
  ended_traffic_ += {count("messages_in"), count("messages_out"), count("bytes_in"), count("bytes_out")};
}

std::map<std::string, uint64_t> event_log::ends() const {
  std::lock_guard guard{mutex_};
  return ends_;
}

traffic_sum event_log::ended_traffic() const {
  std::lock_guard guard{mutex_};
  return ended_traffic_;
}

latency_summary event_log::latency() {
  std::lock_guard guard{mutex_};
  latency_need_.ask(steady_now());
  if (!stopwatch_)
    stopwatch_ = hub_.attach("channel.handled_in", [self = shared_from_this()](const telemetry_event& x) {
      if (self->latency_need_.is_wanted())
        self->latencies_.add(x.number("duration_us"), steady_now());
    });
  return known_latency();
}

void event_log::linked(const telemetry_event& x) {
  std::lock_guard guard{mutex_};
  if (links_.size() >= max_limits)
    links_.clear();
  links_[shown_text(x.text("peer"), max_field_bytes)] = unix_ms();
}

std::map<std::string, int64_t> event_log::links() const {
  std::lock_guard guard{mutex_};
  return links_;
}

void event_log::crashed(const telemetry_event& x) {
  if (x.text("kind") != "crashed")
    return;
  crash_story story{shown_text(x.text("supervisor"), max_field_bytes),
                    shown_text(x.text("id"), max_field_bytes),
                    shown_text(x.text("label"), max_field_bytes),
                    shown_text(x.text("text")),
                    shown_text(x.text("message"), max_field_bytes),
                    shown_text(x.text("trace"), max_trace_bytes),
                    unix_ms()};
  std::lock_guard guard{mutex_};
  stories_.add(std::move(story));
}

void event_log::hit(const telemetry_event& x) {
  std::lock_guard guard{mutex_};
  const auto name = x.text("limit");
  if (const auto found = limits_.find(name); found != limits_.end())
    ++found->second;
  else if (limits_.size() < max_limits)
    limits_.emplace(shown_text(name, max_field_bytes), 1);
}

std::map<std::string, uint64_t> event_log::limit_hits() const {
  std::lock_guard guard{mutex_};
  return {limits_.begin(), limits_.end()};
}

std::optional<crash_story> event_log::last_crash(std::string_view supervisor, std::string_view id,
                                                 std::string_view what) const {
  std::lock_guard guard{mutex_};
  const auto* found = stories_.find_newest(
    [&](const crash_story& x) { return x.supervisor == supervisor && x.id == id && what.find(x.text) != what.npos; });
  return found != nullptr ? std::optional{*found} : std::nullopt;
}

// Runs on threads that emit, which must not wait for each other: with the lock it copies some hundred bytes.
void event_log::keep(const telemetry_event& x) {
  if (!events_need_.is_wanted())
    return;
  const auto now = steady_now();
  if (!asked_.has(x.name, now))
    return;
  if (!quota_.take(now)) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  event copy{unix_ms(), shown_text(x.name, max_field_bytes), {}, {}};
  for (const auto& one : x.measurements)
    copy.measurements.emplace_back(one.name, one.value);
  for (const auto& one : x.fields)
    copy.fields.emplace_back(one.name, shown_text(one.text, max_field_bytes));
  std::lock_guard guard{mutex_};
  events_.add(std::move(copy));
}

void event_log::rest() {
  const auto end = [this](handler_need& need, std::optional<telemetry::handler_id>& handler) {
    if (!handler || !need.rest(steady_now()))
      return;
    hub_.detach(*handler);
    handler.reset();
  };
  std::lock_guard guard{mutex_};
  end(events_need_, keeper_);
  end(latency_need_, stopwatch_);
}

nlohmann::json event_log::events(uint64_t after, std::string_view prefix) {
  std::lock_guard guard{mutex_};
  const auto now = steady_now();
  events_need_.ask(now);
  asked_.ask(prefix, now);
  if (!keeper_)
    keeper_ = hub_.attach("*", [self = shared_from_this()](const telemetry_event& x) { self->keep(x); });
  auto rows = nlohmann::json::array();
  events_.each_after(after, [&](uint64_t number, const event& x) {
    if (!std::string_view{x.name}.starts_with(prefix))
      return;
    auto measurements = nlohmann::json::object(), fields = nlohmann::json::object();
    for (const auto& [name, value] : x.measurements)
      measurements[name] = value;
    for (const auto& [name, text] : x.fields)
      fields[name] = text;
    rows.push_back({{"n", number},
                    {"at_ms", x.at_ms},
                    {"name", x.name},
                    {"measurements", std::move(measurements)},
                    {"fields", std::move(fields)}});
  });
  return {{"last", events_.last()}, {"events", std::move(rows)}, {"dropped", dropped_.load(std::memory_order_relaxed)}};
}

} // namespace bennu::engine
