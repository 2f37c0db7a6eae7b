// Tests the codec with Beast's client, an independent implementation.

#include <algorithm>
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <thread>

#include "tests/transport/websocket_wire.hpp"
#include "transport/websocket/handshake.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;
namespace asio = boost::asio;
namespace beast = boost::beast;
using local_socket = asio::local::stream_protocol::socket;

namespace {

http_request parse(std::string_view head) {
  http_request request;
  request.method = std::string{head.substr(0, head.find(' '))};
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.starts_with("\r\n")) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const auto colon = line.find(':');
    request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return request;
}

// Beast as the client on one end of a pair of sockets. On the other end a thread with our handshake and codec echoes
// every message, answers pings and closes, and closes on request.
struct conversation {
  asio::io_context context;
  local_socket server{context};
  beast::websocket::stream<local_socket> client{context};
  std::thread thread;

  conversation() {
    asio::local::connect_pair(client.next_layer(), server);
    thread = std::thread{[this] { serve(); }};
    client.handshake("localhost", "/socket/websocket");
  }
  ~conversation() {
    boost::system::error_code ignored;
    client.next_layer().close(ignored);
    thread.join();
  }

  struct echo : event_log {
    explicit echo(local_socket& x) : socket(x) {}
    local_socket& socket;

    void send(const frame_ptr& x) {
      boost::system::error_code ignored;
      asio::write(socket, asio::buffer(x->wire()), ignored);
    }
    void on_message(opcode kind, std::string_view x) override {
      event_log::on_message(kind, x);
      send(x == "close me" ? close_frame(close_code::policy_violation, "too slow \xE2\x82\xAC") : make_frame(kind, x));
    }
    void on_ping(std::string_view x) override {
      event_log::on_ping(x);
      send(make_frame(opcode::pong, x));
    }
    void on_close(uint16_t code, std::string_view reason) override {
      event_log::on_close(code, reason);
      send(close_frame(code, reason));
    }
  };

  void serve() {
    asio::streambuf head;
    asio::read_until(server, head, "\r\n\r\n");
    const auto accepted = check_handshake(parse({static_cast<const char*>(head.data().data()), head.size()}));
    std::string answer = "HTTP/1.1 101 Switching Protocols\r\n";
    for (auto& [name, value] : std::get<0>(accepted))
      answer += name + ": " + value + "\r\n";
    asio::write(server, asio::buffer(answer + "\r\n"));
    echo events{server};
    websocket_codec codec;
    char bytes[1000];
    boost::system::error_code error;
    while (!codec.finished()) {
      const auto size = server.read_some(asio::buffer(bytes), error);
      if (error)
        break;
      codec.consume({bytes, size}, events);
    }
    server.close(error); // the server closes TCP first (RFC 6455 §7.1.1), and Beast waits for it
  }

  std::string send(const std::string& message, bool is_text) {
    client.text(is_text);
    client.write(asio::buffer(message));
    beast::flat_buffer answer;
    client.read(answer);
    CHECK(client.got_text() == is_text);
    return beast::buffers_to_string(answer.data());
  }
};

} // namespace

TEST_CASE("codec and Beast: messages with every form of length are echoed") {
  conversation with;
  for (size_t size : {0U, 1U, 125U, 126U, 5000U, 65535U, 65536U, 300000U}) {
    CHECK(with.send(std::string(size, 'x'), true) == std::string(size, 'x'));
    CHECK(with.send(std::string(size, '\xFF'), false) == std::string(size, '\xFF'));
  }
}

TEST_CASE("codec and Beast: a message that Beast fragments arrives complete, with pings between") {
  conversation with;
  std::string pong;
  with.client.control_callback([&](beast::websocket::frame_type kind, beast::string_view x) {
    if (kind == beast::websocket::frame_type::pong)
      pong = std::string{x};
  });
  with.client.text(true);
  with.client.write_some(false, asio::buffer("caf\xC3", 4));
  with.client.ping("are you there");
  with.client.write_some(true, asio::buffer("\xA9", 1));
  beast::flat_buffer answer;
  with.client.read(answer);
  CHECK(beast::buffers_to_string(answer.data()) == "caf\xC3\xA9");
  CHECK(pong == "are you there");
}

TEST_CASE("codec and Beast: Beast closes, and accepts our close frame") {
  conversation with;
  with.client.close({beast::websocket::close_code::going_away, "bye"});
  CHECK(with.client.reason().code == beast::websocket::close_code::going_away);
  CHECK(with.client.reason().reason == "bye");
}

TEST_CASE("codec and Beast: Beast reads our close frame correctly") {
  conversation with;
  with.client.write(asio::buffer("close me", 8));
  beast::flat_buffer answer;
  boost::system::error_code error;
  with.client.read(answer, error);
  CHECK(error == beast::websocket::error::closed);
  CHECK(with.client.reason().code == beast::websocket::close_code::policy_error);
  CHECK(with.client.reason().reason == "too slow \xE2\x82\xAC");
}
