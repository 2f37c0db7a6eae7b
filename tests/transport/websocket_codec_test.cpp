#include "transport/websocket/codec.hpp"

#include <algorithm>
#include <doctest/doctest.h>

#include "tests/transport/websocket_wire.hpp"

// Titles cite the section of RFC 6455 that binds a server.

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

// Expects exactly one event, a failure with this close code.
bool fails_with(unsigned code, const std::string& bytes, websocket_limits limits = {}) {
  const auto got = read_all(bytes, limits);
  return got.size() == 1 && got[0].rfind("error " + std::to_string(code), 0) == 0;
}

} // namespace

TEST_CASE("codec: after a pause it goes on with the bytes that it did not take, and misses nothing") {
  struct : websocket_events {
    void on_message(opcode, std::string_view payload) override {
      heard += payload;
      of->pause();
    }
    void on_ping(std::string_view) override { heard += "!"; }
    void on_pong(std::string_view) override {}
    void on_close(uint16_t, std::string_view) override { heard += "."; }
    void on_error(uint16_t, std::string_view) override {}
    std::string heard;
    websocket_codec* of = nullptr;
  } events;
  const auto masked = [](char kind, const std::string& text) {
    return std::string{kind} + static_cast<char>(0x80U | text.size()) + std::string(4, '\0') + text;
  };
  websocket_codec codec;
  events.of = &codec;
  auto bytes =
    masked('\x81', "a") + masked('\x81', "b") + masked('\x89', "") + masked('\x81', "c") + masked('\x88', "");
  std::span<char> left{bytes};
  std::vector<std::string> steps;
  while (!left.empty()) {
    left = left.subspan(codec.consume(left, events));
    steps.push_back(events.heard);
  }
  CHECK(steps == std::vector<std::string>{"a", "ab", "ab!c", "ab!c."});
}

TEST_CASE("codec: the example of a masked text message in the RFC is read (§5.7)") {
  CHECK(read_all("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") == lines{"text Hello"});
}

TEST_CASE("codec: text, binary, ping and pong arrive with their payloads (§5.6, §5.5)") {
  const auto bytes =
    text("a") + binary(std::string("\0\xFF", 2)) + ping("p") + client_frame{10, "q"}.wire() + text("") + ping("");
  CHECK(read_all(bytes) == lines{"text a", std::string("binary \0\xFF", 9), "ping p", "pong q", "text ", "ping "});
}

TEST_CASE("codec: lengths at the edges of each form are read (§5.2)") {
  for (size_t size : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U, 70000U})
    CHECK(read_all(text(std::string(size, 'x'))) == lines{"text " + std::string(size, 'x')});
}

TEST_CASE("codec: an unmasked frame fails with 1002 (§5.1)") {
  CHECK(fails_with(1002, client_frame{.kind = 1, .payload = "x", .masked = false}.wire()));
  CHECK(fails_with(1002, client_frame{.kind = 8, .masked = false}.wire()));
}

TEST_CASE("codec: each reserved bit fails with 1002 when no extension was negotiated (§5.2)") {
  for (unsigned bits : {1U, 2U, 4U, 7U})
    CHECK(fails_with(1002, client_frame{.kind = 1, .payload = "x", .reserved = bits}.wire()));
}

TEST_CASE("codec: each reserved opcode fails with 1002 (§5.2)") {
  for (unsigned kind : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U})
    CHECK(fails_with(1002, client_frame{.kind = kind}.wire()));
}

TEST_CASE("codec: a length that is not in its shortest form fails with 1002 (§5.2)") {
  CHECK(fails_with(1002, client_frame{.kind = 1, .payload = "x", .length_bytes = 2}.wire()));
  CHECK(fails_with(1002, client_frame{.kind = 1, .payload = "x", .length_bytes = 8}.wire()));
  CHECK(fails_with(1002, client_frame{.kind = 2, .payload = std::string(65535, 'x'), .length_bytes = 8}.wire()));
}

TEST_CASE("codec: a 64-bit length with its top bit set fails with 1002 (§5.2)") {
  CHECK(fails_with(1002, std::string("\x82\xFF\x80\0\0\0\0\0\0\0mask", 14)));
}

TEST_CASE("codec: a control frame longer than 125 bytes fails with 1002 (§5.5)") {
  for (unsigned kind : {8U, 9U, 10U})
    CHECK(fails_with(1002, client_frame{.kind = kind, .payload = std::string(126, 'x')}.wire()));
  CHECK(read_all(ping(std::string(125, 'x'))) == lines{"ping " + std::string(125, 'x')});
}

TEST_CASE("codec: a fragmented control frame fails with 1002 (§5.5)") {
  for (unsigned kind : {8U, 9U, 10U})
    CHECK(fails_with(1002, fragment(kind, "x", false)));
}

TEST_CASE("codec: fragments become one message (§5.4)") {
  CHECK(read_all(fragment(1, "a", false) + fragment(0, "b", false) + fragment(0, "c", true) + text("d"))
        == lines{"text abc", "text d"});
  CHECK(read_all(fragment(2, "", false) + fragment(0, "", false) + fragment(0, "", true)) == lines{"binary "});
}

TEST_CASE("codec: control frames between fragments are passed on immediately (§5.4)") {
  CHECK(read_all(fragment(1, "a", false) + ping("1") + fragment(0, "b", false) + client_frame{10, "2"}.wire()
                 + fragment(0, "c", true))
        == lines{"ping 1", "pong 2", "text abc"});
}

TEST_CASE("codec: a close between fragments ends the reading (§5.5.1)") {
  CHECK(read_all(fragment(1, "a", false) + closing(1000) + fragment(0, "b", true)) == lines{"close 1000 "});
}

TEST_CASE("codec: a continuation without a message fails with 1002 (§5.4)") {
  CHECK(fails_with(1002, fragment(0, "x", true)));
  CHECK(read_all(text("a") + fragment(0, "x", true)) == lines{"text a", "error 1002 nothing to continue"});
}

TEST_CASE("codec: a new message within a fragmented one fails with 1002 (§5.4)") {
  for (unsigned kind : {1U, 2U})
    CHECK(fails_with(1002, fragment(1, "a", false) + fragment(kind, "b", true)));
}

TEST_CASE("codec: close codes that may be sent are passed on (§7.4)") {
  for (unsigned code :
       {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U, 1013U, 1014U, 3000U, 3999U, 4000U, 4999U})
    CHECK(read_all(closing(code, "why")) == lines{"close " + std::to_string(code) + " why"});
}

TEST_CASE("codec: close codes that may not be sent fail with 1002 (§7.4)") {
  for (unsigned code : {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U})
    CHECK(fails_with(1002, closing(code)));
}

TEST_CASE("codec: an empty close frame has code 1005, one with a single byte fails with 1002 (§5.5.1)") {
  CHECK(read_all(client_frame{.kind = 8}.wire()) == lines{"close 1005 "});
  CHECK(fails_with(1002, client_frame{.kind = 8, .payload = "\x03"}.wire()));
}

TEST_CASE("codec: a close reason that is not UTF-8 fails with 1007 (§5.5.1, §8.1)") {
  CHECK(fails_with(1007, closing(1000, "\xC0\x80")));
  CHECK(fails_with(1007, closing(1000, "cut \xE2\x82")));
}

TEST_CASE("codec: nothing is read after a close or an error (§5.5.1, §7.1.7)") {
  CHECK(read_all(closing(1001, "bye") + text("late")) == lines{"close 1001 bye"});
  CHECK(fails_with(1002, fragment(0, "x", true) + text("late")));
}

TEST_CASE("codec: text that is not UTF-8 fails with 1007, binary may be anything (§8.1)") {
  CHECK(fails_with(1007, text("ab\xFF")));
  CHECK(fails_with(1007, text("cut \xE2\x82")));
  CHECK(read_all(binary("ab\xFF")) == lines{"binary ab\xFF"});
}

TEST_CASE("codec: the end of a fragment may split a character, the end of a message may not (§8.1)") {
  CHECK(read_all(fragment(1, "\xE2", false) + ping("") + fragment(0, "\x82\xAC", true))
        == lines{"ping ", "text \xE2\x82\xAC"});
  CHECK(fails_with(1007, fragment(1, "\xE2", false) + fragment(0, "\x82", true)));
}

TEST_CASE("codec: invalid text fails before its frame is complete (§8.1)") {
  const auto bytes = text("ok \xC0 and a long rest of the message");
  CHECK(fails_with(1007, bytes.substr(0, 6 + 4)));
  CHECK(read_all(bytes.substr(0, 6 + 3)).empty());
}

TEST_CASE("codec: the start of one message does not continue a character of the one before") {
  CHECK(read_all(fragment(2, "\xE2", false) + fragment(0, "", true) + text("a")).back() == "text a");
}

TEST_CASE("codec: a message of exactly the limit passes (§7.4.1, 1009)") {
  CHECK(read_all(text("12345"), {.max_message_bytes = 5}) == lines{"text 12345"});
  CHECK(fails_with(1009, text("123456"), {.max_message_bytes = 5}));
  CHECK(read_all(text(""), {.max_message_bytes = 0}) == lines{"text "});
}

TEST_CASE("codec: the limit counts all fragments together, without control frames") {
  const websocket_limits five{.max_message_bytes = 5};
  CHECK(fails_with(1009, fragment(1, "123", false) + fragment(0, "456", true), five));
  CHECK(read_all(fragment(1, "123", false) + ping("long enough") + fragment(0, "45", true), five)
        == lines{"ping long enough", "text 12345"});
}

TEST_CASE("codec: a message above the limit is refused at its header, without any payload") {
  CHECK(fails_with(1009, std::string("\x82\xFF\0\0\0\x7F\0\0\0\0mask", 14)));
  CHECK(fails_with(1009, std::string("\x82\xFE\x04\x01mask", 8), {.max_message_bytes = 1024}));
}

TEST_CASE("codec: an announced length allocates nothing; data that arrives allocates at most twice its size") {
  websocket_codec codec;
  event_log log;
  std::string header("\x82\xFF\0\0\0\0\0\x70\0\0mask", 14);
  codec.consume(header, log);
  CHECK(codec.buffered_bytes() == 0);
  std::string piece(1000, 'x');
  for (size_t arrived = piece.size(); arrived < 100'000; arrived += piece.size()) {
    auto copy = piece;
    codec.consume(copy, log);
    CHECK(codec.buffered_bytes() >= arrived);
    CHECK(codec.buffered_bytes() <= 2 * arrived);
  }
  CHECK(log.lines.empty());
}

TEST_CASE("codec: between messages it holds no memory") {
  websocket_codec codec;
  event_log log;
  auto bytes = fragment(1, std::string(500, 'x'), false) + ping(std::string(100, 'p')) + fragment(0, "y", true);
  for (auto& byte : bytes)
    codec.consume({&byte, 1}, log);
  CHECK(log.lines.size() == 2);
  CHECK(codec.buffered_bytes() == 0);
}

TEST_CASE("codec: a message that is complete in one frame of the input is not copied") {
  struct : event_log {
    const char* seen = nullptr;
    void on_message(opcode, std::string_view x) override { seen = x.data(); }
  } sink;
  websocket_codec codec;
  auto bytes = text("Hello");
  codec.consume(bytes, sink);
  CHECK(sink.seen == bytes.data() + 6);
}

TEST_CASE("codec: events do not depend on how the bytes are split") {
  const auto bytes = text("h\xC3\xA9llo") + fragment(1, "a\xE2", false) + ping("in between")
                     + fragment(0, "\x82\xAC", false) + client_frame{10, "pong"}.wire() + fragment(0, "", true)
                     + binary(std::string(300, '\x80')) + text(std::string(130, 'z')) + closing(4001, "done");
  const auto whole = read_all(bytes);
  REQUIRE(whole.size() == 7);
  for (size_t piece = 1; piece < 40; ++piece)
    CHECK(read_all(bytes, {}, piece) == whole);
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    auto copy = bytes;
    websocket_codec codec;
    event_log log;
    codec.consume({copy.data(), cut}, log);
    codec.consume({copy.data() + cut, copy.size() - cut}, log);
    CHECK(log.lines == whole);
  }
}

TEST_CASE("codec: a handler that stops the codec receives nothing more, also from the same bytes") {
  struct : event_log {
    websocket_codec codec;
    void on_message(opcode kind, std::string_view x) override {
      event_log::on_message(kind, x);
      codec.stop();
    }
  } sink;
  auto bytes = text("a") + text("b");
  sink.codec.consume(bytes, sink);
  CHECK(sink.lines == lines{"text a"});
  CHECK(sink.codec.finished());
}

TEST_CASE("codec: RSV1 marks a compressed message after compression was negotiated (RFC 7692 §6)") {
  const websocket_limits on{.compression = true};
  const auto compressed = [](unsigned kind, std::string payload, bool final) {
    return client_frame{.kind = kind, .payload = std::move(payload), .final = final, .reserved = 4}.wire();
  };
  CHECK(read_all(compressed(1, "\xFF", false) + fragment(0, "\xFE", true) + text("plain"), on)
        == lines{"compressed text \xFF\xFE", "text plain"});
  CHECK(fails_with(1002, compressed(1, "a", false) + compressed(0, "b", true), on));
  CHECK(fails_with(1002, compressed(9, "a", true), on));
}

TEST_CASE("close frame: it has code and reason; a long reason is cut between characters (§5.5.1)") {
  CHECK(close_frame(1001, "bye")->body()
        == "\x03\xE9"
           "bye");
  CHECK(close_frame(close_code::no_status, "unsaid")->body().empty());
  std::string euros;
  for (int i = 0; i < 60; ++i)
    euros += "\xE2\x82\xAC";
  CHECK(close_frame(1000, euros)->body().size() == 2 + 123);
  CHECK(close_frame(1000, "x" + euros)->body().size() == 2 + 121);
}

TEST_CASE("mask: applying it twice, at any offset and size, changes nothing (§5.3)") {
  const unsigned char key[] = {1, 2, 3, 200};
  for (size_t size = 0; size < 100; ++size) {
    std::string plain(size + 3, '\0');
    for (size_t i = 0; i < plain.size(); ++i)
      plain[i] = static_cast<char>(i * 7);
    auto masked = plain;
    apply_mask(masked.data() + 3, size, key);
    for (size_t i = 0; i < size; ++i)
      CHECK((static_cast<unsigned char>(masked[3 + i]) ^ key[i % 4]) == static_cast<unsigned char>(plain[3 + i]));
    apply_mask(masked.data() + 3, size, key);
    CHECK(masked == plain);
  }
}
