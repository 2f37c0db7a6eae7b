#include <cstdio>
#include <exception>
#include <memory>

#include "apps/support/example_page.hpp"
#include "apps/ticker/ticker.hpp"
#include <bennu/transport/application.hpp>

int main(int argc, char** argv) try {
  uint32_t symbols = 24, rate = 100;
  bennu::application app{
    {.name = "bennu-ticker",
     .about = "Prices for everybody: 100,000 messages a second to a thousand clients, and no queue for slow ones.",
     .examples = "  bennu-ticker                  24 symbols, on http://127.0.0.1:4000\n"
                 "  bennu-ticker --rate 1000      each client receives 1,000 messages a second\n"
                 "  apps/ticker/crowd.mjs 4000 1000   a thousand clients that count what they receive\n",
     .options = {bennu::option{"--symbols", symbols, "how many symbols have a price"}.between(1, 10'000),
                 bennu::option{"--rate", rate, "ticks a second, of all symbols together"}.between(1, 100'000)}},
    argc,
    argv};
  const auto prices = std::make_shared<ticker::price_table>(symbols);
  app.supervise(ticker::market(app.home(), prices, rate));
  app.serve(ticker::clients(prices));
  app.fallback(example_page(BENNU_EXAMPLE_PAGE, BENNU_EXAMPLE_CLIENT));
  return app.run();
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bennu-ticker: %s\n", problem.what());
  return 1;
}
