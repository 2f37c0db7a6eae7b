// bennu::channel
#include <bennu/actors/socket.hpp>

struct room : bennu::channel {
  using channel::channel;
  bennu::join_result join(const bennu::json&) override { return bennu::accept{}; }
};
