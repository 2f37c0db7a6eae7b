#include <cstdio>
#include <exception>
#include <string>

#include <bennu/transport/application.hpp>
#include <bennu/transport/static_files.hpp>

#include "room_channel.hpp"
#include "user_socket.hpp"

int main(int argc, char** argv) try {
  std::string page = SHOP_PAGE; // the page/ of this project, unless --page names another folder
  bennu::application app{{.name = "shop",
                          .about = "Rooms in which people talk, and their web page.",
                          .options = {{"--page", page, "folder of the web page"}},
                          .secret_file = "shop.secret"},
                         argc,
                         argv};
  app.serve(bennu::endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*"));
  // The files come with a Content-Security-Policy: no other site frames the page, and it loads nothing from elsewhere.
  app.fallback([files = bennu::static_files{{.root = page}}](const auto& request, const auto& reply) {
    reply(files.serve(request)); // what has no other route is a file of the page
  });
  return app.run(); // drains at SIGTERM
} catch (const std::exception& problem) {
  std::fprintf(stderr, "shop: %s\n", problem.what());
  return 1;
}
