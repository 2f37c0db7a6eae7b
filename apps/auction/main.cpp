#include <cstdio>
#include <exception>
#include <memory>

#include "apps/auction/auction.hpp"
#include "apps/support/example_page.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/transport/application.hpp>

int main(int argc, char** argv) try {
  unsigned minutes = 10;
  bennu::application app{
    {.name = "bennu-auction",
     .about = "An auction house: one supervised actor for each auction in the whole cluster.",
     .examples = "  bennu-auction                 three lots, on http://127.0.0.1:4000\n"
                 "  bennu-auction --minutes 1     the first one is sold after a minute\n"
                 "  bennu-auction --node a …      a node of a cluster: see apps/auction/README.md\n",
     .options = {bennu::option{"--minutes", minutes, "until the first lot is sold"}.between(1, 1440)},
     .secret_file = "auction.secret"},
    argc,
    argv};
  const int64_t minute = 60'000 * int64_t{minutes};
  const auction::lots all{{.id = "blue-vase", .title = "Blue vase", .cents = 2'000, .ends = minute},
                          {.id = "old-clock", .title = "Old clock", .cents = 4'500, .ends = 2 * minute},
                          {.id = "first-edition", .title = "First edition", .cents = 12'000, .ends = 3 * minute}};
  const auto keys = std::make_shared<const bennu::jwt_keys>(std::vector{app.secret()});
  app.supervise(auction::house(app.home(), all));
  app.serve(auction::clients(app.home(), keys));
  app.route("POST", "/login", auction::login(keys, all));
  app.fallback(example_page(BENNU_EXAMPLE_PAGE, BENNU_EXAMPLE_CLIENT));
  return app.run();
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bennu-auction: %s\n", problem.what());
  return 1;
}
