#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>

#include <bennu/actors/channel.hpp>

namespace bennu::probe {

/// `repaired:*`: a channel that restarts in place. It answers how long after the throw the next event was handled.
/// Only one channel may crash at a time, because the time of the throw is stored globally; no state of a channel
/// survives its crash.
class repaired_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json&) override { return accept{}; }

  const event_table& handle_in() const override {
    static const events<repaired_channel> table = {
      {"ping", [](repaired_channel&, const payload& in) { return reply::ok(in); }},
      {"crash",
       [](repaired_channel&, const payload&) -> reply {
         thrown_at().store(now(), std::memory_order_relaxed);
         throw std::runtime_error("as it was asked to");
       }},
      {"since_crash",
       [](repaired_channel&, const payload&) {
         return reply::ok(json{{"ns", now() - thrown_at().load(std::memory_order_relaxed)}});
       }},
    };
    return table;
  }

private:
  static std::atomic<std::int64_t>& thrown_at() noexcept {
    static std::atomic<std::int64_t> result{0};
    return result;
  }

  static std::int64_t now() noexcept {
    return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
  }
};

} // namespace bennu::probe
