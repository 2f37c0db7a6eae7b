#include <cstdio>
#include <exception>

#include "apps/board/board.hpp"
#include "apps/support/example_page.hpp"
#include <bennu/transport/application.hpp>

int main(int argc, char** argv) try {
  bennu::application app{
    {.name = "bennu-board",
     .about = "A board on which people draw together, in binary frames, with a history for those who come later.",
     .examples = "  bennu-board                   http://127.0.0.1:4000/#lobby: open it in two windows\n"
                 "  bennu-board --node a …        a node of a cluster: see apps/guide/clusters.md\n"},
    argc,
    argv};
  app.serve(board::clients());
  app.fallback(example_page(BENNU_EXAMPLE_PAGE, BENNU_EXAMPLE_CLIENT));
  return app.run();
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bennu-board: %s\n", problem.what());
  return 1;
}
