#include <zlib.h>

#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

door deflating(std::string headers = offer) {
  return {.path = "/deflate/websocket", .headers = std::move(headers), .port = lab_port()};
}

std::string deflated(std::string_view text) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string result(text.size() + 100, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(result.data());
  z.avail_out = static_cast<uInt>(result.size());
  ::deflate(&z, Z_SYNC_FLUSH);
  result.resize(result.size() - z.avail_out - 4);
  deflateEnd(&z);
  return result;
}

std::string inflated(std::string_view bytes, size_t size) {
  z_stream z{};
  inflateInit2(&z, -15);
  std::string result(size, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(result.data());
  z.avail_out = static_cast<uInt>(result.size());
  inflate(&z, Z_SYNC_FLUSH);
  result.resize(result.size() - z.avail_out);
  inflateEnd(&z);
  return result;
}

constexpr unsigned rsv1 = 0x40;

} // namespace

TEST_CASE("permessage-deflate: it is negotiated when both sides want it, without context takeover on either side") {
  constexpr const char* agreed =
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";
  CHECK(websocket_client{deflating()}.handshake().find(agreed) != std::string::npos);
  const auto extends = [](const std::string& offers) {
    return websocket_client{deflating("Sec-WebSocket-Extensions: " + offers + "\r\n")}.handshake().find(
             "Sec-WebSocket-Extensions")
           != std::string::npos;
  };
  CHECK(extends("x-other, permessage-deflate"));
  CHECK(extends("permessage-deflate; server_max_window_bits=10"));
  CHECK(extends("permessage-deflate; server_max_window_bits=8, permessage-deflate"));
  for (const auto* bad : {"x-webkit-deflate-frame", "permessage-deflate; server_max_window_bits=8",
                          "permessage-deflate; unknown", "permessage-deflate; client_max_window_bits=16",
                          "permessage-deflate; server_no_context_takeover; server_no_context_takeover"})
    CHECK_FALSE(extends(bad));
  CHECK(websocket_client{{.headers = offer}}.handshake().find("Sec-WebSocket-Extensions") == std::string::npos);
}

TEST_CASE("permessage-deflate: compressed messages are understood, long answers are compressed, short ones are not") {
  websocket_client ann{deflating()};
  ann.send_frame(rsv1 | 1U, deflated(R"(["1","1","echo:a","phx_join",{}])"));
  CHECK(json::parse(ann.next_text())[4]["status"] == "ok");
  const std::string text(50'000, 'x');
  ann.send_frame(rsv1 | 1U, deflated(R"(["1","2","echo:a","echo",")" + text + "\"]"));
  const auto answer = ann.next();
  CHECK(answer.opcode == (rsv1 | 1U));
  CHECK(answer.payload.size() < 1'000);
  CHECK(json::parse(inflated(answer.payload, 60'000))[4]["response"] == text);
}

TEST_CASE("permessage-deflate: a compressed message may come in fragments, and plain ones between") {
  websocket_client ann{deflating()};
  const auto whole = deflated(R"(["1","1","echo:a","phx_join",{}])");
  ann.send_frame(rsv1 | 1U, whole.substr(0, 5), false);
  ann.send_frame(9, "ping");
  ann.send_frame(0, whole.substr(5));
  CHECK(ann.next().opcode == 10);
  CHECK(json::parse(ann.next_text())[4]["status"] == "ok");
  ann.send_text(R"(["1","2","echo:a","echo",1])");
  CHECK(json::parse(ann.next_text())[4]["response"] == 1);
}

TEST_CASE("permessage-deflate: a bomb is closed with 1009, nonsense and bad UTF-8 with 1007") {
  websocket_client bomb{deflating()};
  bomb.send_frame(rsv1 | 1U, deflated(std::string(20'000'000, 'x')));
  CHECK(bomb.close_code() == 1009);
  websocket_client nonsense{deflating()};
  nonsense.send_frame(rsv1 | 1U, "\xFF\xFF\xFF");
  CHECK(nonsense.close_code() == 1007);
  websocket_client text{deflating()};
  text.send_frame(rsv1 | 1U, deflated("\xC3\x28"));
  CHECK(text.close_code() == 1007);
}

TEST_CASE("permessage-deflate: a broadcast reaches clients with and without compression") {
  websocket_client ann{deflating()}, bob{deflating("")};
  for (auto* x : {&ann, &bob}) {
    x->send_text(R"(["1","1","echo:both","phx_join",{}])");
    x->next_text();
  }
  ann.send_text(R"(["1","2","echo:both","shout",")" + std::string(1'000, 'x') + R"("])");
  const auto plain = bob.next_text();
  CHECK(inflated(ann.next().payload, 2'000) == plain);
}
