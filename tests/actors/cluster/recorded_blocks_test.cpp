// Recorded messages between nodes of protocol 1. Never change these bytes: every later release that speaks protocol 1
// must read them in the same way. A test that fails here means that a cluster could not be upgraded node by node.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/cluster/calls/call_table.hpp"
#include "actors/cluster/hub/parcel.hpp"
#include "actors/cluster/link/fields.hpp"
#include "actors/cluster/link/link_queue.hpp"
#include "actors/cluster/link/link_wire.hpp"
#include "actors/presence/message.hpp"

using namespace bennu;
using namespace bennu::engine;

namespace {

/// The bytes that a hexadecimal text stands for.
std::string bytes(std::string_view hex) {
  std::string result;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    result.push_back(static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
  return result;
}

/// The only parcel of a block.
parcel only_parcel(std::string_view block) {
  const auto result = take_parcel(block);
  REQUIRE(result);
  CHECK(block.empty());
  return *result;
}

std::string parcel_of(parcel_kind kind, const std::string& content) {
  std::string block;
  append_parcel(block, {kind, 1, content});
  return block;
}

void check_presence(std::string_view hex, const presence_message& meant) {
  const auto block = bytes(hex);
  const auto one = only_parcel(block);
  CHECK(one.kind == parcel_kind::presence);
  const auto read = parse_presence_message(one.content);
  REQUIRE(read);
  CHECK(read->first == 5);
  CHECK(read->second == meant);
  std::string content;
  append_presence_message(content, 5, meant);
  CHECK(parcel_of(parcel_kind::presence, content) == block);
}

} // namespace

TEST_CASE("protocol 1, recorded: the head of a frame") {
  const auto hello =
    bytes("010106efcdab89674523012a000000000000000000000000000000000000000000000000000000000000006e6f64652d61");
  const link_head meant{.kind = link_kind::hello, .name = "node-a", .incarnation = 0x0123456789abcdef, .mine = 42};
  CHECK(decode_link_head(hello) == meant);
  CHECK(encode(meant) == hello);
  const auto beat =
    bytes("020106efcdab89674523012a000000000000004d00000000000000050000000000000004000000000000006e6f64652d61");
  const link_head later{.kind = link_kind::beat,
                        .name = "node-a",
                        .incarnation = 0x0123456789abcdef,
                        .mine = 42,
                        .yours = 77,
                        .seq = 5,
                        .ack = 4};
  CHECK(decode_link_head(beat) == later);
  CHECK(decode_link_head(beat + "what a later release adds") == later);
  CHECK(encode(later) == beat);
}

TEST_CASE("protocol 1, recorded: the body of a frame holds whole blocks and pieces") {
  const auto body = bytes("0500000066697273740300008074776f0300000074776f");
  link_assembly assembly;
  std::vector<link_block> blocks;
  REQUIRE(assembly.add(body, blocks));
  REQUIRE(blocks.size() == 2);
  CHECK(*blocks[0] == "first");
  CHECK(*blocks[1] == "twotwo");
}

TEST_CASE("protocol 1, recorded: broadcasts of JSON and of bytes") {
  const auto text = bytes("010122ac0206726f6f6d3a31076e65775f6d7367000f7b22626f6479223a225a6fc3ab227d");
  auto read = parse_broadcast(only_parcel(text).content);
  REQUIRE(read);
  CHECK(read->number == 300);
  CHECK(read->message->topic == "room:1");
  CHECK(read->message->event == "new_msg");
  CHECK(read->message->body.value() == json{{"body", "Zo\xC3\xAB"}});
  std::string content;
  append_broadcast(content, 300, *read->message);
  CHECK(parcel_of(parcel_kind::broadcast, content) == text);
  read = parse_broadcast(only_parcel(bytes("0101110006726f6f6d3a310466696c65010200ff")).content);
  REQUIRE(read);
  CHECK(read->message->body == payload::binary({"\x00\xff", 2}));
}

TEST_CASE("protocol 1, recorded: messages about the presences of two nodes") {
  const presence_entry entry{7, "room:1", "ann", {payload::from_text(R"({"n":1})"), "2n9c-7", "2n9c-3"}};
  check_presence("02010f0501c0843d90e4d0b287d3aeeefe01", presence_digest{1'000'000, 0xfedcba9876543210});
  check_presence("02015505020307000706726f6f6d3a3103616e6e077b226e223a317d06326e39632d3706326e39632d3308010706726f6f6d"
                 "3a3103616e6e077b226e223a317d06326e39632d3706326e39632d330902070000027b7d0000",
                 presence_ops{{{7, presence_op::kind::join, entry},
                               {8, presence_op::kind::update, entry},
                               {9, presence_op::kind::leave, {7, {}, {}, {}}}}});
  check_presence("02010405030c01", presence_want{12, true});
  check_presence("0201280504090103010706726f6f6d3a3103616e6e077b226e223a317d06326e39632d3706326e39632d33",
                 presence_part{9, 1, 3, {entry}});
  check_presence("0201020505", presence_goodbye{});
}

TEST_CASE("protocol 1, recorded: a question, its answer and the receipt") {
  CHECK(parse_fields<call_parcel>(only_parcel(bytes("03010c820101087175657374696f6e")).content)
        == call_parcel{130, 1, "question"});
  CHECK(parse_fields<answer_parcel>(only_parcel(bytes("04010a82010106616e73776572")).content)
        == answer_parcel{130, true, "answer"});
  CHECK(parse_fields<receipt_parcel>(only_parcel(bytes("050103820101")).content) == receipt_parcel{130, true});
}

TEST_CASE("protocol 1: parcels and fields that a later release adds are skipped") {
  std::string block = parcel_of(static_cast<parcel_kind>(99), "of a later release");
  append_parcel(block, {parcel_kind::broadcast, 2, "another form"});
  std::string content;
  append_broadcast(content, 1, {"room:1", "new_msg", {}});
  block += parcel_of(parcel_kind::broadcast, content + "more fields");
  std::string_view rest{block};
  CHECK(take_parcel(rest)->kind == static_cast<parcel_kind>(99));
  CHECK(take_parcel(rest)->version == 2);
  const auto read = parse_broadcast(take_parcel(rest)->content);
  REQUIRE(read);
  CHECK(read->message->topic == "room:1");
  CHECK(rest.empty());
}
