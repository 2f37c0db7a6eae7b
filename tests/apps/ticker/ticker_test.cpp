#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/ticker/ticker.hpp"
#include <bennu/testing/channel_case.hpp>

using namespace ticker;
using namespace std::chrono_literals;
using bennu::json;

namespace {

/// Ten symbols, 100 ticks a second.
struct exchange {
  prices_ptr prices = std::make_shared<price_table>(10);
  bennu::channel_case test{clients(prices, {.slow_bytes = 2'000}),
                           {.children = [p = prices](bennu::node& home) { return std::vector{market(home, p, 100)}; }}};
};

/// What a page shows after these messages, and how many there were.
struct page {
  std::map<std::string, int64_t> shown{};
  size_t messages = 0;

  explicit page(bennu::test_client client) {
    uint64_t last = 0;
    for (const auto& x : client.take_received()) {
      const auto body = x.at("payload");
      if (x.at("event") == "prices") {
        for (const auto& [symbol, cents] : body.at("prices").items())
          shown[symbol] = cents;
        last = body.at("n");
      } else if (x.at("event") == "tick" && body.at("n") > last) {
        shown[body.at("s")] = body.at("c");
      }
      ++messages;
    }
  }
};

std::map<std::string, int64_t> now(const exchange& x) {
  return x.prices->all().at("prices").get<std::map<std::string, int64_t>>();
}

} // namespace

TEST_CASE("ticker: a client gets all prices, and then every tick") {
  exchange x;
  auto client = x.test.connect();
  client.join("ticker").expect_push("prices", {{"n", 0}});
  x.test.advance(1s);
  const page seen{client};
  CHECK(seen.messages >= 100);
  CHECK(seen.shown.size() == 10);
}

TEST_CASE("ticker: who does not read for a while then gets the newest price of each symbol, and no queue") {
  exchange x;
  auto fast = x.test.connect(), slow = x.test.connect();
  fast.join("ticker"), slow.join("ticker");
  slow.stop_reading();
  x.test.advance(20s);
  slow.read_on();
  x.test.advance(100ms); // its channel looks again
  const page after{slow}, all{fast};
  CHECK(after.messages < 100);
  CHECK(after.shown == now(x));
  CHECK(all.messages > 2'000); // and the others have noticed nothing
  CHECK(all.shown == now(x));
}

TEST_CASE("ticker: a client that was slow gets every tick again") {
  exchange x;
  auto slow = x.test.connect();
  slow.join("ticker");
  slow.stop_reading();
  x.test.advance(10s);
  slow.read_on();
  x.test.advance(200ms);
  slow.take_received();
  x.test.advance(1s);
  CHECK(page{slow}.messages == 100);
}

TEST_CASE("ticker: a market that crashes goes on with the prices as they were") {
  exchange x;
  auto client = x.test.connect();
  client.join("ticker");
  x.test.advance(1s);
  const auto before = x.prices->all().at("n").get<uint64_t>();
  x.test.crash("market");
  x.test.advance(1s);
  CHECK(x.prices->all().at("n").get<uint64_t>() >= before + 90);
  CHECK(page{client}.shown.size() == 10);
}
