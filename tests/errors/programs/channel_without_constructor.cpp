// using channel::channel;
#include <bennu/bennu.hpp>

using bennu::json;

struct room : bennu::channel {
  bennu::join_result join(const json&) override { return bennu::accept{}; }
};
const auto endpoint = bennu::endpoint{"/socket"}.channel<room>("room:*");
