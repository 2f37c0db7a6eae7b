#include <bennu/bennu.hpp>

// A program as another project writes it, with its own option and its own message.

struct tick {
  int number = 0;
};
BENNU_MESSAGE(tick)

struct anybody : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

class counter : public bennu::channel_of<counter> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const bennu::json&) override {
    self()->send(self(), tick{1});
    return bennu::accept{};
  }

  static bennu::events<counter> events_in() {
    return {{"total", [](counter& self, const bennu::json&) { return bennu::reply::ok({{"total", self.total_}}); }}};
  }

  caf::message_handler handle_info() override {
    return {[this](const tick& x) { total_ += x.number; }};
  }

private:
  int total_ = 0;
};

int main(int argc, char** argv) {
  std::string greeting = "hello";
  bennu::application app{{.name = "is-a-program", .options = {{"--greeting", greeting, "what it says"}}}, argc, argv};
  app.serve(bennu::endpoint{"/socket"}.serve<anybody>().channel<counter>("counter:*"));
  app.route("GET", "/", [&greeting](const bennu::http_request&, const bennu::http_reply& reply) {
    reply(bennu::http_response::text(200, greeting));
  });
  return app.run();
}
