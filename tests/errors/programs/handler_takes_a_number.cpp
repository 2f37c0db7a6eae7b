// a handler of events is called as
#include <bennu/bennu.hpp>

using bennu::json;

struct room : bennu::channel_of<room> {
  using channel_of::channel_of;
  bennu::join_result join(const json&) override { return bennu::accept{}; }
  static bennu::events<room> events_in() {
    return {{"add", [](room&, int) { return bennu::reply::ok(); }}};
  }
};
const auto endpoint = bennu::endpoint{"/socket"}.channel<room>("room:*");
