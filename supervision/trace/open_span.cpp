#include "supervision/trace/open_span.hpp"

#include <algorithm>
#include <utility>

#include "supervision/process/numbers.hpp"

namespace bennu::engine {

namespace {

// Whoever sets attributes in a loop, or the text of a client, does not make a span large.
constexpr size_t max_attributes = 64;
constexpr size_t max_links = 16;
constexpr size_t max_attribute_bytes = 256;

// Cut at the beginning of a character (RFC 3629 §3).
std::string cut(std::string_view text) {
  if (text.size() <= max_attribute_bytes)
    return std::string{text};
  auto size = max_attribute_bytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80)
    --size;
  return std::string{text.substr(0, size)};
}

// SplitMix64, seeded for each thread.
uint64_t random_number() {
  thread_local uint64_t state = random_bits();
  return mixed(state += 0x9E3779B97F4A7C15U);
}

template <size_t Size>
void fill(std::array<uint8_t, Size>& id) {
  do {
    for (size_t i = 0; i < Size; i += 8) {
      auto bits = random_number();
      for (size_t k = 0; k < 8; ++k, bits >>= 8)
        id[i + k] = static_cast<uint8_t>(bits & 0xFF);
    }
  } while (id == std::array<uint8_t, Size>{});
}

constexpr uint64_t whole = uint64_t{1} << 63;

} // namespace

tracer::tracer(trace_options options, std::function<void(span_record&&)> f)
  : options_(options), bound_(static_cast<uint64_t>(std::clamp(options.ratio, 0.0, 1.0) * static_cast<double>(whole))),
    f_(std::move(f)) {}

bool tracer::samples(const std::array<uint8_t, 16>& trace_id) const noexcept {
  uint64_t x = 0;
  for (size_t i = 8; i < 16; ++i)
    x = x << 8 | trace_id[i];
  return x >> 1 < bound_;
}

open_span::open_span(const tracer& by, std::string_view name, span_kind kind)
  : open_span(by, name, kind, trace_context{}, trace_sender::program) {}

open_span::open_span(const tracer& by, std::string_view name, span_kind kind, const trace_context& parent,
                     trace_sender from)
  : by_(&by) {
  const bool is_followed = parent.is_valid() && (from != trace_sender::client || by.trusts_clients());
  if (is_followed) {
    record_.context = parent;
    record_.parent = parent.span_id;
    record_.is_parent_remote = from != trace_sender::program;
  } else {
    begin_trace(by);
  }
  fill(record_.context.span_id);
  if (!record_.context.is_sampled()) {
    by_ = nullptr;
    return;
  }
  record_.name = cut(name);
  record_.kind = kind;
  record_.begin = std::chrono::system_clock::now();
  begun_ = std::chrono::steady_clock::now();
  if (!is_followed && parent.is_valid())
    link(parent);
}

void open_span::begin_trace(const tracer& by) {
  constexpr uint8_t is_random = 2;
  auto& context = record_.context;
  fill(context.trace_id);
  context.flags = static_cast<uint8_t>(is_random | (by.samples(context.trace_id) ? 1U : 0U));
}

std::unique_ptr<open_span> open_span::within(const tracer& by, std::string_view name, span_kind kind) {
  return std::make_unique<open_span>(by, name, kind, trace_context::current(), trace_sender::program);
}

void open_span::link(const trace_context& to) {
  if (is_recorded() && to.is_valid() && to.is_sampled() && record_.links.size() < max_links)
    record_.links.push_back(to);
}

span_record::attribute* open_span::place_for(std::string_view name) {
  if (!is_recorded())
    return nullptr;
  for (auto& x : record_.attributes)
    if (x.name == name)
      return &x;
  if (record_.attributes.size() == max_attributes)
    return nullptr;
  return &record_.attributes.emplace_back(span_record::attribute{cut(name), {}});
}

void open_span::set(std::string_view name, std::string_view text) {
  if (auto* place = place_for(name))
    place->value = cut(text);
}

void open_span::set(std::string_view name, int64_t number) {
  if (auto* place = place_for(name))
    place->value = number;
}

void open_span::fail(std::string_view why) {
  if (is_recorded())
    record_.failure = cut(why);
}

// The end comes from the clock that never jumps, so that it is not before the beginning.
void open_span::end() {
  const auto* by = std::exchange(by_, nullptr);
  if (by == nullptr)
    return;
  record_.end =
    record_.begin
    + std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::steady_clock::now() - begun_);
  const auto context = record_.context; // which children may still ask for
  by->ended(std::move(record_));
  record_ = span_record{};
  record_.context = context;
}

} // namespace bennu::engine
