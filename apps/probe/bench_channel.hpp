#pragma once

#include <bennu/actors/channel.hpp>

namespace bennu::probe {

/// `bench:*`: the minimum that a load generator needs.
class bench_channel : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json&) override { return accept{}; }

  const event_table& handle_in() const override {
    static const events<bench_channel> table = {
      {"pub", [](bench_channel& self, const payload& in) { self.broadcast("msg", in); }},
      {"ping", [](bench_channel&, const payload& in) { return reply::ok(in); }},
    };
    return table;
  }
};

} // namespace bennu::probe
