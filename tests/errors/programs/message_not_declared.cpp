// write BENNU_MESSAGE(type) after its definition
#include <bennu/bennu.hpp>

using bennu::json;

struct tick {
  int number;
};
struct room : bennu::channel {
  using channel::channel;
  bennu::join_result join(const json&) override {
    self()->send(self(), tick{1});
    return bennu::accept{};
  }
};
