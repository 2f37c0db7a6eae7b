#include <bennu/supervision/telemetry.hpp>

#include <algorithm>
#include <utility>

#include <caf/actor_system.hpp>

#include "supervision/process/crash_report.hpp"
#include "supervision/trace/open_span.hpp"
#include <bennu/supervision/config.hpp>

namespace bennu {

int64_t telemetry_event::number(std::string_view key, int64_t fallback) const noexcept {
  for (auto& x : measurements)
    if (x.name == key)
      return x.value;
  return fallback;
}

std::string_view telemetry_event::text(std::string_view key) const noexcept {
  for (auto& x : fields)
    if (x.name == key)
      return x.text;
  return {};
}

std::string_view to_string(frequent_event x) noexcept {
  constexpr std::array<std::string_view, frequent_event_count> names = {
    "channel.join",        "channel.handled_in", "channel.ended",       "socket.connected",
    "socket.disconnected", "broadcast",          "broadcast.delivered", "presence"};
  return names[static_cast<size_t>(x)];
}

namespace {

bool matches(std::string_view pattern, std::string_view name) noexcept {
  if (!pattern.ends_with('*'))
    return name == pattern;
  pattern.remove_suffix(1);
  return name.substr(0, pattern.size()) == pattern;
}

} // namespace

telemetry::telemetry() = default;

telemetry::~telemetry() {
  std::lock_guard guard{mutex_};
  tracer_ = nullptr;
  publish({});
}

telemetry& telemetry::of(const caf::actor_system& system) noexcept {
  if (auto* ours = dynamic_cast<const config*>(&system.config()))
    return ours->hub();
  static telemetry fallback;
  return fallback;
}

telemetry::handler_id telemetry::attach(std::string pattern, handler f) {
  auto wants = [pattern](std::string_view name) { return matches(pattern, name); };
  return add({0, std::move(pattern), std::move(wants), std::move(f), 0});
}

telemetry::handler_id telemetry::attach(std::function<bool(std::string_view name)> wants, handler f) {
  return add({0, "a function", std::move(wants), std::move(f), 0});
}

telemetry::handler_id telemetry::add(entry x) {
  std::lock_guard guard{mutex_};
  auto* current = live_.load(std::memory_order_relaxed);
  auto next = current ? *current : entries{};
  const auto id = x.id = ++last_id_;
  for (size_t i = 0; i < frequent_event_count; ++i)
    x.heard |= static_cast<uint32_t>(x.wants(to_string(static_cast<frequent_event>(i)))) << i;
  next.push_back(std::make_shared<const entry>(std::move(x)));
  publish(std::move(next));
  return id;
}

void telemetry::detach(handler_id id) {
  std::lock_guard guard{mutex_};
  auto* current = live_.load(std::memory_order_relaxed);
  if (!current)
    return;
  auto next = *current;
  if (std::erase_if(next, [&](auto& x) { return x->id == id; }) != 0)
    publish(std::move(next));
}

void telemetry::publish(entries next) {
  uint32_t heard = 0;
  for (const auto& x : next)
    heard |= x->heard;
  if (next.empty()) {
    live_.store(nullptr, std::memory_order_release);
  } else {
    lists_.push_back(std::make_unique<const entries>(std::move(next)));
    live_.store(lists_.back().get(), std::memory_order_release);
  }
  set_heard(heard);
}

namespace {

constexpr uint32_t bit_of(frequent_event x) {
  return 1U << static_cast<unsigned>(x);
}

// The events that stand where a span begins or ends, so that a node without traces does not look for them twice.
constexpr auto traced = bit_of(frequent_event::channel_handled_in) | bit_of(frequent_event::broadcast)
                        | bit_of(frequent_event::broadcast_delivered);

} // namespace

void telemetry::set_heard(uint32_t next) {
  if (tracer() != nullptr)
    next |= traced;
  const auto before = heard_.load(std::memory_order_relaxed);
  for (size_t i = 0; i < frequent_event_count; ++i)
    heard_anywhere_[i].fetch_add((next >> i & 1U) - (before >> i & 1U)); // modulo 2^32
  heard_.store(next, std::memory_order_release);
}

void telemetry::trace(trace_options options, std::function<void(span_record&&)> f) {
  set_tracer(std::make_unique<engine::tracer>(options, std::move(f)));
}

void telemetry::stop_tracing() {
  set_tracer(nullptr);
}

void telemetry::set_tracer(std::unique_ptr<engine::tracer> next) {
  std::lock_guard guard{mutex_};
  tracer_.store(next.get(), std::memory_order_release);
  if (next)
    tracers_.push_back(std::move(next));
  auto* current = live_.load(std::memory_order_relaxed);
  uint32_t heard = 0;
  for (const auto& x : current != nullptr ? *current : entries{})
    heard |= x->heard;
  set_heard(heard);
}

void telemetry::emit(std::string_view name, std::initializer_list<measurement> measurements,
                     std::initializer_list<metadata> fields) noexcept {
  auto* list = live_.load(std::memory_order_acquire);
  if (!list)
    return;
  const telemetry_event event{name, {measurements.begin(), measurements.size()}, {fields.begin(), fields.size()}};
  for (auto& x : *list)
    if (x->wants(name))
      call(*x, event);
}

void telemetry::emit(frequent_event name, std::initializer_list<measurement> measurements,
                     std::initializer_list<metadata> fields) noexcept {
  auto* list = live_.load(std::memory_order_acquire);
  if (!list)
    return;
  const telemetry_event event{
    to_string(name), {measurements.begin(), measurements.size()}, {fields.begin(), fields.size()}};
  for (auto& x : *list)
    if ((x->heard >> static_cast<unsigned>(name) & 1U) != 0)
      call(*x, event);
}

void telemetry::call(const entry& x, const telemetry_event& event) noexcept {
  try {
    x.f(event);
  } catch (...) {
    failed(x, event.name);
  }
}

// Called within the `catch` of the handler's exception. The handler is not called for the report of its own failure.
void telemetry::failed(const entry& x, std::string_view event) noexcept {
  detach(x.id);
  const auto text = engine::exception_text();
  this->emit("telemetry.handler_failed", {}, {{"handler", x.pattern}, {"event", event}, {"text", text}});
}

} // namespace bennu
