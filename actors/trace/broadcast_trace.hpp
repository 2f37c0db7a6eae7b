#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "actors/cluster/link/fields.hpp"
#include "supervision/trace/open_span.hpp"

namespace bennu {
class broadcast;
} // namespace bennu

namespace bennu::engine {

/// The span of a broadcast on one node: on that of its publisher from the call until all io units have delivered it, on
/// another one from the arrival until then. It ends at last with the broadcast.
///
/// Thread safety: any thread; `span` only before the broadcast is shared.
class broadcast_trace {
public:
  /// @param units how many io units deliver the broadcast; 0: none of this node does
  broadcast_trace(const tracer& by, std::string_view name, span_kind kind, const trace_context& parent,
                  trace_sender from, size_t units)
    : span(by, name, kind, parent, from), left_(units) {}

  ~broadcast_trace() { note_subscribers(); }

  open_span span;

  /// An io unit has delivered the broadcast.
  void delivered(int64_t subscribers) {
    subscribers_.fetch_add(subscribers, std::memory_order_relaxed);
    if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1)
      return;
    note_subscribers();
    span.end();
  }

private:
  void note_subscribers() { span.set("bennu.subscribers", subscribers_.load(std::memory_order_relaxed)); }

  std::atomic<size_t> left_;
  std::atomic<int64_t> subscribers_{0};
};

/// What the span of a broadcast tells of it.
struct traced_message {
  std::string_view topic;
  std::string_view event;
  size_t bytes;
};

/// Begins the span of a broadcast that this node publishes, or (with `from`, the name of a node) that it has received;
/// then the publisher's span is `parent`. @returns null when its trace is not sampled.
std::shared_ptr<broadcast_trace> trace_of_published(const tracer& by, const traced_message& x, size_t units);
std::shared_ptr<broadcast_trace> trace_of_received(const tracer& by, const traced_message& x, size_t units,
                                                   const trace_context& parent, std::string_view from);

/// Appends the context of a broadcast to its parcel, where nodes that know no traces do not look. Nothing when it is
/// not traced.
void append_trace(field_writer& to, const broadcast& x);

/// Reads it. @returns an invalid context when there is none, or a malformed one.
trace_context read_trace(field_reader& from);

} // namespace bennu::engine
