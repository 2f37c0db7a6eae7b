#include <deque>

#include <doctest/doctest.h>

#include "tests/transport/cluster/cluster_node.hpp"
#include "tests/transport/cluster/stranger.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// Two nodes with a healthy link, and strangers at the cluster port of one.
struct besieged {
  certificate_folder certificates{{"a", "b", "c"}};
  cluster_node a{impatient(certificates.options("a"))};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};

  besieged() {
    REQUIRE(a.log.told("up b"));
    REQUIRE(b.log.told("up a"));
  }

  static cluster_options impatient(cluster_options options) {
    options.handshake_timeout = 300ms;
    options.max_pending = 16;
    return options;
  }

  /// Checks that the link is not affected: it is the same one, and blocks pass.
  void is_unhurt() {
    const auto text = "after " + std::to_string(++blocks);
    CHECK(b.send("a", text));
    CHECK(a.log.told("b: " + text));
    CHECK(a.send("b", text));
    CHECK(b.log.told("a: " + text));
    CHECK(a.log.lines().size() == 1 + blocks);
    CHECK(b.log.lines().size() == 1 + blocks);
  }

  size_t blocks = 0;
};

/// The 32 bytes of a header of CAF's distributed messaging (BASP): operation, padding, flags, length of the payload,
/// and the rest.
std::string basp_header(char operation, uint32_t payload, uint64_t destination = 0) {
  std::string result{operation, 0, 0, 0};
  for (int i = 3; i >= 0; --i)
    result.push_back(static_cast<char>(payload >> (8 * i) & 0xff));
  result += std::string(16, '\0');
  for (int i = 7; i >= 0; --i)
    result.push_back(static_cast<char>(destination >> (8 * i) & 0xff));
  return result;
}

std::string first_refusal(hub_log& events) {
  std::string result;
  events.wait([&](auto& lines) {
    for (auto& line : lines)
      if (line.starts_with("link.refused"))
        result = line;
    return !result.empty();
  });
  return result;
}

} // namespace

TEST_CASE("strangers: a silent client is cut off after the deadline, and receives nothing") {
  besieged node;
  stranger silent{node.a.address()};
  CHECK(silent.is_cut(0));
  CHECK(first_refusal(node.a.events) == "link.refused : silent for too long");
  node.is_unhurt();
}

TEST_CASE("strangers: a client that sends garbage is cut off") {
  besieged node;
  for (auto& garbage : {std::string(100'000, '\0'), std::string(5000, '\xff'),
                        std::string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}, std::string{"\x16\x03\x01\xff\xff", 5}}) {
    stranger noisy{node.a.address()};
    noisy.say(garbage);
    CHECK(noisy.is_cut(100)); // an alert of TLS
  }
  node.is_unhurt();
}

TEST_CASE("strangers: CAF's own protocol without a certificate has no effect, however large a message it announces") {
  besieged node;
  for (auto& header : {basp_header(0, 0), basp_header(1, 0xffff'ffff), basp_header(2, 0xffff'fff0, 6)}) {
    stranger plain{node.a.address()};
    plain.say(header + std::string(1000, 'x'));
    CHECK(plain.is_cut(100));
  }
  node.is_unhurt();
}

TEST_CASE("strangers: a certificate of another authority is refused") {
  besieged node;
  certificate_folder others{{"c"}};
  stranger forger{node.a.address()};
  CHECK_FALSE(forger.shake_hands(make_cluster_tls(others.options("c"))));
  CHECK(first_refusal(node.a.events).find("refuses this node's certificate: tlsv1 alert unknown ca")
        != std::string::npos);
  node.is_unhurt();
}

TEST_CASE("strangers: a client without a certificate is refused") {
  besieged node;
  ssl_context bare{SSL_CTX_new(TLS_method()), ssl_deleter{}};
  stranger nobody{node.a.address()};
  nobody.shake_hands(bare);
  CHECK(nobody.hear().why == "closed");
  node.is_unhurt();
}

TEST_CASE("strangers: a node cannot take another's name, whatever name its certificate has") {
  besieged node;
  for (std::string name : {"b", "a", "d", ""}) {
    stranger thief{node.a.address()};
    REQUIRE(thief.shake_hands(make_cluster_tls(node.certificates.options("c"))));
    CHECK(thief.hear().kind == greeting_kind::hello);
    thief.say(encode(greeting{.who = {name, 1}, .application = "bennu"}));
    const auto answer = thief.hear();
    CHECK(answer.kind == greeting_kind::refuse);
    CHECK(answer.why == "its certificate is made out to another name");
  }
  node.is_unhurt();
}

TEST_CASE("strangers: a second node of a name is refused while the first is connected") {
  besieged node;
  stranger twin{node.a.address()};
  REQUIRE(twin.shake_hands(make_cluster_tls(node.certificates.options("b"))));
  twin.hear();
  twin.say(encode(greeting{.who = {"b", 1}, .application = "bennu"}));
  CHECK(twin.hear().why == "another node of that name is connected");
  node.is_unhurt();
}

TEST_CASE("strangers: a node of another program, and one without a common protocol, are refused with the reason") {
  besieged node;
  stranger other{node.a.address()};
  REQUIRE(other.shake_hands(make_cluster_tls(node.certificates.options("c"))));
  other.hear();
  other.say(encode(greeting{.who = {"c", 1}, .application = "chess"}));
  CHECK(other.hear().why == "it belongs to \"chess\", this node to \"bennu\"");
  stranger later{node.a.address()};
  REQUIRE(later.shake_hands(make_cluster_tls(node.certificates.options("c"))));
  later.hear();
  later.say(encode(greeting{.protocols = {7, 9}, .who = {"c", 1}, .application = "bennu"}));
  CHECK(later.hear().why
        == "it speaks versions 7 to 9 of the protocol between nodes, this node version 1: upgrade the older one by way "
           "of a "
           "release that speaks a version of both");
  node.is_unhurt();
}

TEST_CASE("strangers: a client with a valid certificate that falls silent, or announces too much, is cut off") {
  besieged node;
  for (auto& text : {std::string{}, std::string{"BNNU\x01\xff\xff", 7}, std::string{"BNNU\x63\x01\x00\x01", 8}}) {
    stranger half{node.a.address()};
    REQUIRE(half.shake_hands(make_cluster_tls(node.certificates.options("c"))));
    half.hear();
    half.say(text);
    CHECK(half.is_cut(200));
  }
  node.is_unhurt();
}

TEST_CASE("strangers: replayed bytes of a node's connection have no effect") {
  besieged node;
  // A recorded first flight. TLS 1.3 answers it with a new key, so that the recorded rest cannot be decrypted.
  const auto context = make_cluster_tls(node.certificates.options("c"));
  ssl_ptr recording{SSL_new(context.get())};
  auto* in = BIO_new(BIO_s_mem());
  auto* out = BIO_new(BIO_s_mem());
  SSL_set_bio(recording.get(), in, out);
  SSL_set_connect_state(recording.get());
  SSL_do_handshake(recording.get());
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out, &bytes);
  for (int i = 0; i < 2; ++i) {
    stranger parrot{node.a.address()};
    parrot.say({bytes, static_cast<size_t>(size)});
    parrot.say({bytes, static_cast<size_t>(size)});
    CHECK(parrot.is_cut(100'000));
  }
  node.is_unhurt();
}

TEST_CASE("strangers: a thousand idle connections delay neither the link nor a third node that joins") {
  besieged node;
  std::deque<stranger> idle;
  for (int i = 0; i < 1000; ++i)
    REQUIRE(idle.emplace_back(node.a.address()).is_connected());
  node.is_unhurt();
  cluster_node c{with_peers(node.certificates.options("c"), {node.a.address()})};
  CHECK(c.log.told("up a"));
  CHECK(c.log.told("up b")); // it learned of b from a
  CHECK(node.b.log.told("up c"));
}

TEST_CASE(
  "strangers: without certificates a node listens only on loopback, and a client that is no node has no effect") {
  cluster_options options{.name = "a"};
  options.is_insecure = true;
  options.listen = "0.0.0.0:0";
  CHECK_THROWS_WITH(check(options), doctest::Contains("loopback"));
  options.listen = "127.0.0.1:0";
  cluster_node a{options};
  options.name = "b";
  cluster_node b{with_peers(options, {a.address()})};
  REQUIRE(a.log.told("up b"));
  stranger plain{a.address()};
  plain.say(basp_header(2, 0xffff'fff0, 6) + std::string(1000, 'x'));
  CHECK(plain.is_cut(100));
  CHECK(a.send("b", "unhurt"));
  CHECK(b.log.told("a: unhurt"));
}
