// The server of the guide to serializers, for the tests with the real client.
#include "tests/guide/realtime_serializer.hpp"
#include <bennu/transport/application.hpp>

int main(int count, char** arguments) {
  bennu::application app{
    {.name = "realtime-server", .about = "Serves realtime-js.", .examples = "  realtime-server --port 0"},
    count,
    arguments};
  app.serve(realtime::realtime_endpoint());
  return app.run();
}
