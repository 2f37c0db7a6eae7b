#include <bennu/supervision/telemetry.hpp>

#include <utility>

#include <caf/actor_system.hpp>

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

telemetry::telemetry() = default;

telemetry::~telemetry() = default;

telemetry& telemetry::of(const caf::actor_system& system) noexcept {
  if (auto* ours = dynamic_cast<const config*>(&system.config()))
    return ours->hub();
  static telemetry fallback;
  return fallback;
}

telemetry::handler_id telemetry::attach(std::string prefix, handler f) {
  std::lock_guard guard{mutex_};
  auto* current = live_.load(std::memory_order_relaxed);
  auto next = current ? *current : entries{};
  next.push_back(std::make_shared<const entry>(entry{++last_id_, std::move(prefix), std::move(f)}));
  publish(std::move(next));
  return last_id_;
}

void telemetry::detach(handler_id id) {
  std::lock_guard guard{mutex_};
  auto* current = live_.load(std::memory_order_relaxed);
  if (!current)
    return;
  auto next = *current;
  std::erase_if(next, [&](auto& x) { return x->id == id; });
  publish(std::move(next));
}

void telemetry::publish(entries next) {
  if (next.empty()) {
    live_.store(nullptr, std::memory_order_release);
    return;
  }
  lists_.push_back(std::make_unique<const entries>(std::move(next)));
  live_.store(lists_.back().get(), std::memory_order_release);
}

void telemetry::emit(std::string_view name, std::initializer_list<measurement> measurements,
                     std::initializer_list<metadata> fields) noexcept {
  auto* list = live_.load(std::memory_order_acquire);
  if (!list)
    return;
  telemetry_event event{name, {measurements.begin(), measurements.size()}, {fields.begin(), fields.size()}};
  for (auto& x : *list)
    if (name.starts_with(x->prefix))
      x->f(event);
}

} // namespace bennu
