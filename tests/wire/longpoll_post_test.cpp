#include <array>
#include <charconv>
#include <exception>

#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

const json taken = {{"status", 200}};

/// 8 MB, the default.
constexpr size_t largest_body = 8'000'000;

std::string heartbeat(const client& who, const char* ref) {
  return who.encoded(nullptr, ref, "phoenix", "heartbeat");
}

json beats(const client& who, const char* ref) {
  return who.replied(nullptr, ref, "phoenix", "ok");
}

/// A POST to the session of `who` whose body comes in chunks.
http_answer posted_in_chunks(client& who, const std::string& body) {
  const auto vsn = std::to_string(who.speaks().vsn) + ".0.0";
  http_client http{shared_probe_port()};
  http.send_raw("POST /socket/longpoll?vsn=" + vsn + " HTTP/1.1\r\nHost: x\r\nX-Phoenix-Longpoll-Token: "
                + who.polls().token() + "\r\nTransfer-Encoding: chunked\r\n\r\n");
  constexpr size_t chunk = 0x10000;
  try {
    for (size_t i = 0; i < body.size(); i += chunk) {
      const auto piece = body.substr(i, chunk);
      std::array<char, 16> size{};
      const auto end = std::to_chars(size.begin(), size.end(), piece.size(), 16).ptr;
      http.send_raw(std::string{size.begin(), end} + "\r\n" + piece + "\r\n");
    }
    http.send_raw("0\r\n\r\n");
  } catch (const std::exception&) {
    // The answer came before the whole body was sent.
  }
  return http.receive();
}

} // namespace

// Phoenix answers 200 and drops the others silently.
CLAIM_LONGPOLL("better: the first hundred messages of a batch are handled in order, and the answer says how many") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  std::string batch;
  for (int i = 0; i < 100; ++i)
    batch += ann.encoded(join_ref, i, "echo:a", "echo", std::to_string(i)) + "\n";
  CHECK(ann.polls().post(batch) == taken);
  for (int i = 0; i < 100; ++i)
    CHECK(ann.next() == ann.replied(join_ref, i, "echo:a", "ok", i));
  CHECK(ann.polls().post(batch + heartbeat(ann, "100"))
        == json{{"status", 413}, {"handled", 100}, {"max_messages", 100}});
  for (int i = 0; i < 100; ++i)
    CHECK(ann.next() == ann.replied(join_ref, i, "echo:a", "ok", i));
  CHECK(ann.hears_nothing());
}

TEST_CASE("longpoll: a hundred messages of an 8 MB body with 600,000 are handled, and a trailing newline is harmless") {
  client ann{v2_longpoll::value};
  std::string batch;
  while (batch.size() < largest_body - 12)
    batch += "[0,0,0,0,0]\n";
  const auto answer = ann.polls().post(batch);
  CHECK(answer["status"] == 413);
  CHECK(answer["handled"] == 100);
  for (int i = 0; i < 100; ++i)
    CHECK(ann.next()[4]["response"]["reason"] == "unmatched topic");
  CHECK(ann.hears_nothing());
}

// The official client waits for 20 s, gives up, and never sends anything again.
TEST_CASE("longpoll: while a channel is busy a POST is answered within the window, and one more waits for as long") {
  poll_client ann{{.path = "/brief/longpoll", .port = lab_port()}};
  ann.send(R"(["1","1","echo:a","phx_join",{}])");
  ann.next();
  ann.send(R"(["1","2","echo:a","wait",{"s":30}])");
  const auto large = R"(["1","3","echo:a","echo",")" + std::string(600'000, 'x') + R"("])";
  ann.begin_poll(); // otherwise the session would end
  CHECK(ann.post(large, "application/json") == taken);
  CHECK(ann.polled()["status"] == 204);
  ann.begin_poll();
  CHECK(ann.post(R"(["1","4","echo:a","echo",1])", "application/json") == json{{"status", 429}});
}

CLAIM_LONGPOLL(
  "longpoll: the exact content type application/x-ndjson is a batch; with any other the body is one message") {
  client ann{Way::value};
  CHECK(ann.polls().post(json::parse(heartbeat(ann, "7")).dump(2), "application/json") == taken);
  CHECK(ann.next() == beats(ann, "7"));
  const auto two = heartbeat(ann, "8") + "\n" + heartbeat(ann, "9");
  CHECK(ann.polls().post(two) == taken);
  CHECK(ann.next() == beats(ann, "8"));
  CHECK(ann.next() == beats(ann, "9"));
  CHECK(ann.polls().post(two, "application/x-ndjson; charset=utf-8")["status"] == 400);
  CHECK(ann.hears_nothing());
}

// Phoenix answers 408 after ten seconds, and the session dies.
CLAIM_LONGPOLL(
  "better: bad JSON in a POST is an immediate error that names the refused messages, and the session continues") {
  client ann{Way::value};
  for (const auto* bad : {"{", "{}", "[]", "", "[1,2]", "\xC3\x28", R"([null,"1","a","b","\xC3\x28"])",
                          R"({"topic":"\xC3\x28","event":"b","payload":{},"ref":"1"})"})
    CHECK(ann.polls().post(bad, "application/json")["status"] == 400);
  CHECK(ann.polls().post("[1]\n" + heartbeat(ann, "8") + "\nno base64") == json{{"status", 400}, {"refused", {0, 2}}});
  CHECK(ann.next() == beats(ann, "8"));
}

CLAIM_LONGPOLL("longpoll: a body of 8,000,000 bytes is accepted, one more byte is a bad request, however it is sent") {
  client ann{Way::value};
  auto body = heartbeat(ann, "7");
  body.resize(largest_body, ' ');
  CHECK(ann.polls().post(body, "application/json") == taken);
  CHECK(ann.next() == beats(ann, "7"));
  CHECK(json::parse(posted_in_chunks(ann, body).body) == taken);
  CHECK(ann.next() == beats(ann, "7"));
  CHECK(posted_in_chunks(ann, body + " ").status == 400);
  http_client http{shared_probe_port()};
  http.send_raw("POST /socket/longpoll HTTP/1.1\r\nHost: x\r\nContent-Length: 8000001\r\n\r\n");
  CHECK(http.receive().status == 400);
  CHECK(ann.hears_nothing());
}

CLAIM_LONGPOLL("a client may post for megabytes of answers before it polls for the first") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  const std::string text(1'000'000, 'x');
  for (int i = 0; i < 5; ++i)
    CHECK(ann.polls().post(ann.encoded(join_ref, i, "echo:a", "echo", json(text).dump())) == taken);
  for (int i = 0; i < 5; ++i)
    CHECK(ann.next() == ann.replied(join_ref, i, "echo:a", "ok", text));
}

TEST_CASE("longpoll: a client that sends a body over the limit to its end receives the answer then") {
  raw_socket ann{shared_probe_port()};
  ann.write("POST /socket/longpoll?vsn=2.0.0 HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n");
  for (int i = 0; i < 9; ++i)
    ann.write(std::string(1'000'000, 'x'));
  CHECK(ann.read_until("\r\n").starts_with("HTTP/1.1 400 "));
}
