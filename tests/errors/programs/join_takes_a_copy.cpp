// C overrides bennu::join_result join(const bennu::json&)
#include <bennu/bennu.hpp>

using bennu::json;

struct room : bennu::channel {
  using channel::channel;
  bennu::join_result join(json) { return bennu::accept{}; }
};
const auto endpoint = bennu::endpoint{"/socket"}.channel<room>("room:*");
