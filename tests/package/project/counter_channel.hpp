#pragma once

#include <bennu/actors/channel.hpp>
#include <bennu/testing/channel_case.hpp>

/// What the tests of this project test: a channel that counts.

struct any_socket : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

class counter_channel : public bennu::channel_of<counter_channel> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const bennu::json&) override { return bennu::accept{{{"n", n_}}}; }

  static bennu::events<counter_channel> events_in() {
    return {{"add", [](counter_channel& self, const bennu::json& in) {
               self.n_ += in.at("by").get<int>();
               self.broadcast("sum", {{"n", self.n_}});
               return bennu::reply::ok({{"n", self.n_}});
             }}};
  }

private:
  int n_ = 0;
};

inline bennu::endpoint counters() {
  return bennu::endpoint{"/socket"}.serve<any_socket>().channel<counter_channel>("counter:*");
}

/// The test itself is the same in every framework.
inline void a_counter_adds() {
  bennu::channel_case test{counters()};
  auto counter = test.connect().join("counter:1");
  counter.expect_reply(counter.push("add", {{"by", 2}}), "ok", {{"n", 2}});
  test.expect_broadcast("counter:1", "sum", {{"n", 2}});
}

/// A test that fails: two is not three.
inline void a_counter_adds_wrongly() {
  bennu::channel_case test{counters()};
  auto counter = test.connect().join("counter:1");
  counter.expect_reply(counter.push("add", {{"by", 2}}), "ok", {{"n", 3}});
}
