#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/transport/application.hpp>

using bennu::json;

struct anybody : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

/// Topic `room:<name>`, join params `{"user": string}`.
class room : public bennu::channel_of<room> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const json& params) override {
    if (!params.contains("user"))
      return bennu::refuse{{{"reason", "unauthorized"}}};
    user_ = params["user"]; // members are the assigns
    return bennu::accept{};
  }

  static bennu::events<room> events_in() {
    return {{"new_msg", [](room& self, const json& in) {
               self.broadcast("new_msg", {{"user", self.user_}, {"body", in.at("body")}}); // no body: the room crashes
               return bennu::reply::ok(); // and is started again in place
             }}};
  }

private:
  std::string user_;
};

int main(int argc, char** argv) {
  bennu::application app{"rooms", argc, argv}; // --help tells the options; logs, metrics and signals are taken care of
  app.serve(bennu::endpoint{"/socket"}.serve<anybody>().channel<room>("room:*"));
  return app.run(); // drains at SIGTERM
}
