#include <string>

#include <bennu/transport/application.hpp>

#include "tests/guide/article_channels.hpp"

// The application of the article, as the guide "From Phoenix" shows it.
int main(int argc, char** argv) {
  bennu::application app{bennu::program{.name = "my_app", .secret_file = "my_app.secret"}, argc, argv};
  const bennu::token_keys keys{{app.secret()}};
  article::repo store;
  article::user_limits limits;
  app.serve(article::my_app(keys, store, limits));
  app.route("POST", "/sign-in", [&keys](const bennu::http_request& request, const bennu::http_reply& reply) {
    reply(bennu::http_response::text(200, keys.sign("user socket", request.body))); // ask for a password here
  });
  return app.run();
}
