#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <bennu/actors/channel.hpp>
#include <bennu/transport/application.hpp>

using bennu::json;

struct anybody : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

/// Topic `room:<name>`, join params `{"user": string}`.
class room : public bennu::channel {
public:
  using channel::channel;

  bennu::join_result join(const json& params) override {
    if (!params.contains("user"))
      return bennu::refuse{{{"reason", "unauthorized"}}};
    user_ = params["user"]; // members are the assigns
    return bennu::accept{};
  }

  const bennu::event_table& handle_in() const override {
    static const bennu::events<room> table = {
      {"new_msg", [](room& self, const json& in) {
         self.broadcast("new_msg", {{"user", self.user_}, {"body", in.at("body")}}); // no body: the room crashes
         return bennu::reply::ok();                                                  // and is started again in place
       }}};
    return table;
  }

private:
  std::string user_;
};

int main(int count, char** arguments) {
  sigset_t stop; // before there are threads, so that all of them leave these signals to sigwait
  sigemptyset(&stop), sigaddset(&stop, SIGINT), sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  bennu::application_options options;
  options.web.port = static_cast<uint16_t>(count > 1 ? std::atoi(arguments[1]) : 4000);
  bennu::application app{options};
  app.web().add(bennu::endpoint{"/socket"}.serve<anybody>().channel<room>("room:*"));
  app.start();
  std::printf("ready %u\n", static_cast<unsigned>(app.web().port()));
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop, &signal); // then `app` drains and stops
}
