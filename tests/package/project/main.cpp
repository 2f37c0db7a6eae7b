#include <cstdio>

#include <bennu/actors/channel.hpp>
#include <bennu/transport/application.hpp>

// A whole server as another project writes it: it starts, has a port, and stops its tree.

class open_socket : public bennu::socket {
public:
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

class lobby : public bennu::channel {
public:
  using channel::channel;
  bennu::join_result join(const bennu::json&) override { return bennu::accept{}; }
};

int main() {
  bennu::application_options options;
  options.web.port = 0;
  bennu::application app{options};
  app.web().service().add(bennu::endpoint{"/socket"}.serve<open_socket>().channel<lobby>("room:*"));
  app.start();
  const bool listens = app.web().port() != 0;
  app.stop();
  std::puts(listens ? "works" : "no port");
  return listens ? 0 : 1;
}
