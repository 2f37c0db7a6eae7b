// incomplete type ‘class caf::event_based_actor’
#include <bennu/actors/channel.hpp>

struct room : bennu::channel {
  using channel::channel;
  bennu::join_result join(const bennu::json&) override { return bennu::accept{}; }
  void end() { self()->quit(); }
};
