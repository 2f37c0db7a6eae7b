#include <memory>
#include <vector>

#include "tests/wire/client.hpp"

using namespace bennu::test;

CLAIM("slow: forty sleeping channels delay neither a new client nor another channel of the same client") {
  std::vector<std::unique_ptr<client>> sleepers;
  for (int i = 0; i < 40; ++i) {
    auto& one = *sleepers.emplace_back(std::make_unique<client>(Way::value));
    one.join("echo:sleeper");
    one.push("echo:sleeper", "slow", {{"ms", 3'000}});
  }
  client newcomer{Way::value};
  const auto join_ref = newcomer.join("echo:awake");
  const auto ref = newcomer.push("echo:awake", "echo", {{"x", 1}});
  CHECK(newcomer.next() == newcomer.replied(join_ref, ref, "echo:awake", "ok", {{"x", 1}}));
  auto& first = *sleepers.front();
  const auto other = first.join("echo:other"); // is answered before the sleeping channel
  CHECK(first.next() == first.replied("1", "2", "echo:sleeper", "ok"));
  const auto again = first.push("echo:other", "echo");
  CHECK(first.next() == first.replied(other, again, "echo:other", "ok"));
  for (auto& x : sleepers)
    if (x != sleepers.front())
      CHECK(x->next() == x->replied("1", "2", "echo:sleeper", "ok"));
}

CLAIM("slow: later events of the sleeping channel wait") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  const auto slow = ann.push("echo:a", "slow", {{"ms", 50}});
  const auto later = ann.push("echo:a", "echo");
  CHECK(ann.next() == ann.replied(join_ref, slow, "echo:a", "ok"));
  CHECK(ann.next() == ann.replied(join_ref, later, "echo:a", "ok"));
}
