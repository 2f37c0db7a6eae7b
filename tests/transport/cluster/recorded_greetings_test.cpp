// Recorded greetings of nodes of protocol 1. Never change these bytes; see
// tests/actors/cluster/recorded_blocks_test.cpp.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "transport/cluster/admission.hpp"
#include "transport/cluster/greeting.hpp"

using namespace bennu::engine;

namespace {

/// The bytes that a hexadecimal text stands for.
std::string bytes(std::string_view hex) {
  std::string result;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    result.push_back(static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
  return result;
}

std::optional<greeting> read(const std::string& text) {
  const auto head = std::string_view{text}.substr(0, greeting_head_size);
  return greeting_size(head) ? decode_greeting(head, std::string_view{text}.substr(greeting_head_size)) : std::nullopt;
}

/// The first release named one version and no highest one.
const auto of_first_release = bytes("424e4e5501150001066e6f64652d61efcdab89674523010463686174");

constexpr uint64_t incarnation = 0x0123456789abcdef;

} // namespace

TEST_CASE("protocol 1, recorded: greetings") {
  const greeting hello{.who = {"node-a", incarnation}, .application = "chat"};
  CHECK(read(of_first_release) == hello);
  const auto now = bytes("424e4e5501160001066e6f64652d61efcdab8967452301046368617401");
  CHECK(read(now) == hello);
  CHECK(encode(hello) == now);
  CHECK(read(bytes("424e4e550202000101")) == greeting{.kind = greeting_kind::offer, .yes = true});
  CHECK(read(bytes("424e4e550302000100")) == greeting{.kind = greeting_kind::answer, .yes = false});
  CHECK(read(bytes("424e4e5504090001076e6f7420796f75")) == greeting{.kind = greeting_kind::refuse, .why = "not you"});
}

TEST_CASE("protocols: two nodes speak the highest version that both know") {
  CHECK(common_protocol({1, 1}, {1, 1}) == 1);
  CHECK(common_protocol({1, 2}, {1, 1}) == 1);
  CHECK(common_protocol({1, 3}, {2, 5}) == 3);
  CHECK_FALSE(common_protocol({1, 2}, {3, 4}));
  CHECK_FALSE(common_protocol({3, 4}, {1, 2}));
}

TEST_CASE(
  "protocols: a node of a later release that also speaks ours is accepted, and its unknown fields are skipped") {
  cluster_admission admission{{"b", 1}, "chat"};
  greeting later{.protocols = {1, 7}, .who = {"node-a", incarnation}, .application = "chat"};
  CHECK_FALSE(admission.refusal(later));
  auto text = encode(later);
  text += "more";
  text[5] = static_cast<char>(text[5] + 4);
  CHECK(read(text) == later);
  CHECK_FALSE(is_known(read(bytes("424e4e5563020001ff"))->kind));
}

TEST_CASE("protocols: a refusal for want of a common version names the versions of both nodes and what to do") {
  cluster_admission admission{{"b", 1}, "chat"};
  const greeting later{.protocols = {2, 3}, .who = {"node-a", incarnation}, .application = "chat"};
  CHECK(admission.refusal(later)
        == "it speaks versions 2 to 3 of the protocol between nodes, this node version 1: upgrade the older one by way "
           "of a "
           "release that speaks a version of both");
}

TEST_CASE("greetings: property: whatever bytes a stranger sends, the fields that are read from them can be logged") {
  uint64_t state = 1;
  auto random = [&] { return state = state * 6364136223846793005U + 1442695040888963407U, state >> 33; };
  for (int i = 0; i < 50'000; ++i) {
    auto text = encode(greeting{.kind = greeting_kind{static_cast<uint8_t>(1 + random() % 4)},
                                .who = {"node-a", random()},
                                .application = "chat",
                                .why = "because"});
    for (auto changes = random() % 6; changes > 0; --changes)
      text[random() % text.size()] = static_cast<char>(random());
    const auto result = read(text);
    if (!result)
      continue;
    for (const auto& words : {result->who.name, result->application, result->why})
      for (const char c : words)
        REQUIRE((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
  }
}
