#pragma once

#include <chrono>
#include <cstddef>
#include <stdexcept>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>

namespace bennu::test {

/// `room:*`: pushes a goodbye when it ends, as a chat room does. `room:closed` refuses joins; the join of
/// `room:broken` throws.
class polite_channel : public channel {
public:
  using channel::channel;

  join_result join(const json&) override {
    if (subtopic() == "closed")
      return refuse{};
    if (subtopic() == "broken")
      throw std::runtime_error("as asked");
    return accept{};
  }

  const event_table& handle_in() const override {
    static const events<polite_channel> table = {
      {"echo", [](polite_channel&, const json&) { return reply::ok(); }},
      {"stop", [](polite_channel&, const json&) { return reply::none().stop(); }},
      {"crash", [](polite_channel&, const json&) -> reply { throw std::runtime_error("as asked"); }},
    };
    return table;
  }

  void terminate(const caf::error&) override { push("bye"); }
};

/// An endpoint with at most this many channels per client. `repairs`: channels that crash restart in place, without a
/// limit.
inline endpoint serving_polite(size_t max_channels, bool repairs = true) {
  socket_options of_socket;
  of_socket.max_channels = max_channels;
  channel_options of_channel;
  of_channel.restart_as = repairs ? restart::transient : restart::temporary;
  of_channel.intensity = {1'000, std::chrono::seconds{1}};
  return endpoint{"/socket"}.serve<open_socket>(of_socket).channel<polite_channel>("room:*", of_channel);
}

} // namespace bennu::test
