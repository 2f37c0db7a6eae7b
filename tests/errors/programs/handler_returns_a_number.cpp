// a handler of events returns bennu::reply
#include <bennu/bennu.hpp>

using bennu::json;

struct room : bennu::channel_of<room> {
  using channel_of::channel_of;
  bennu::join_result join(const json&) override { return bennu::accept{}; }
  static bennu::events<room> events_in() {
    return {{"add", [](room&, const json&) { return 7; }}};
  }
};
const auto endpoint = bennu::endpoint{"/socket"}.channel<room>("room:*");
