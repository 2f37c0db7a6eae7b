#include <algorithm>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "tests/wire/wire_client.hpp"

using namespace bennu::test;

TEST_CASE("wire: forty sleeping channels delay neither a newcomer nor another channel of one of them") {
  std::vector<std::unique_ptr<wire_client>> sleepers;
  for (int i = 0; i < 40; ++i) {
    auto& one = *sleepers.emplace_back(std::make_unique<wire_client>());
    one.join("echo:sleeper");
    one.push("echo:sleeper", "slow", {{"ms", 3'000}});
  }
  wire_client newcomer;
  const auto join_ref = newcomer.join("echo:awake");
  const auto ref = newcomer.push("echo:awake", "echo", {{"x", 1}});
  CHECK(newcomer.next() == reply(join_ref, ref, "echo:awake", "ok", {{"x", 1}}));
  auto& first = *sleepers.front();
  const auto other = first.join("echo:other"); // answered before the sleeper is
  CHECK(first.next()[2] == "echo:sleeper");
  const auto again = first.push("echo:other", "echo");
  CHECK(first.next() == reply(other, again, "echo:other", "ok"));
  for (auto& x : sleepers)
    if (x != sleepers.front())
      CHECK(x->next()[4]["status"] == "ok");
}

TEST_CASE("wire: a sleeping channel's own later events wait for it") {
  wire_client client;
  const auto join_ref = client.join("echo:a");
  const auto slow = client.push("echo:a", "slow", {{"ms", 50}});
  const auto later = client.push("echo:a", "echo");
  CHECK(client.next() == reply(join_ref, slow, "echo:a", "ok"));
  CHECK(client.next() == reply(join_ref, later, "echo:a", "ok"));
}
