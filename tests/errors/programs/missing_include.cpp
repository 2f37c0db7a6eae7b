// incomplete type ‘class bennu::deferred_reply’
#include <bennu/actors/channel.hpp>

struct room : bennu::channel {
  using channel::channel;
  bennu::join_result join(const bennu::json&) override { return bennu::accept{}; }
  void later() { defer().ok(); }
};
