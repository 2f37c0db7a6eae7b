// `then` is called with what the task returns
#include <bennu/bennu.hpp>

using bennu::json;

struct room : bennu::channel_of<room> {
  using channel_of::channel_of;
  bennu::join_result join(const json&) override { return bennu::accept{}; }
  static bennu::events<room> events_in() {
    return {{"find", [](room& self, const json&) {
               return self.blocking([] { return 7; }, [](const std::string&) { return bennu::reply::ok(); });
             }}};
  }
};
const auto endpoint = bennu::endpoint{"/socket"}.channel<room>("room:*");
