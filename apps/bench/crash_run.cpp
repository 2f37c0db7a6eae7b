#include "apps/bench/crash_run.hpp"

#include <stdexcept>

namespace bennu::bench {

crash_run::crash_run(crowd& room, client_events& others) : room_(room), others_(others) {
  room.tell(*this);
}

void crash_run::begin(size_t crashes) {
  left_ = crashes;
  join_next();
}

void crash_run::join_next() {
  victim_ = (victim_ + 1) % room_.size();
  ++join_ref_;
  topic_ = "echo:victim-" + std::to_string(victim_);
  const auto ref = std::to_string(join_ref_);
  phase_ = phase::joining;
  room_[victim_].write(write_message(ref, ref, topic_, "phx_join", "{}"));
  room_[victim_].flush();
}

void crash_run::crash_it() {
  const auto ref = std::to_string(join_ref_);
  phase_ = phase::crashing;
  crashed_at_ = std::chrono::steady_clock::now();
  room_[victim_].write(write_message(ref, "c" + ref, topic_, "crash", "{}"));
  room_[victim_].flush();
}

void crash_run::received(client& from, const message_view& message, time_point when) {
  if (message.event == "\"msg\"")
    return others_.received(from, message, when);
  const auto ref = '"' + std::to_string(join_ref_) + '"';
  const bool ours =
    from.number() == victim_ && message.topic == '"' + topic_ + '"' && message.join_ref == ref && message.ref == ref;
  if (ours && phase_ == phase::joining && message.event == "\"phx_reply\""
      && message.payload.find("\"ok\"") != std::string_view::npos)
    return crash_it();
  if (!ours || phase_ != phase::crashing || message.event != "\"phx_error\"")
    throw std::runtime_error("crash: client " + std::to_string(from.number()) + " got " + std::string{message.event}
                             + " " + std::string{message.payload} + " while " + topic_ + " was being crashed");
  latency_.add(static_cast<uint64_t>((when - crashed_at_).count()));
  phase_ = phase::idle;
  if (--left_ > 0)
    join_next();
}

} // namespace bennu::bench
