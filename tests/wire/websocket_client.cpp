#include "tests/wire/websocket_client.hpp"

#include <stdexcept>
#include <utility>

namespace bennu::test {

namespace {

std::string request(const door& at) {
  auto text = "GET " + at.path + (at.query.empty() ? "" : "?" + at.query) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (at.upgrades)
    text += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  if (!at.origin.empty())
    text += "Origin: " + at.origin + "\r\n";
  return text + at.headers + "\r\n";
}

place place_of(const door& at) {
  return at.port.port != 0 || !at.port.unix_path.empty() ? at.port : place{shared_probe_port()};
}

int status_of(const std::string& head) {
  return std::stoi(head.substr(head.find(' ') + 1));
}

} // namespace

int http_status(const door& at) {
  raw_socket socket(place_of(at));
  socket.write(request(at));
  return status_of(socket.read_until("\r\n\r\n"));
}

websocket_client::websocket_client(const door& at) : socket_(place_of(at)) {
  socket_.write(request(at));
  handshake_ = socket_.read_until("\r\n\r\n");
  if (const int status = status_of(handshake_); status != 101)
    throw std::runtime_error("the upgrade was answered " + std::to_string(status));
}

void websocket_client::send_frame(unsigned opcode, std::string_view payload, bool final) {
  constexpr std::string_view key = "\x37\x5A\x1C\x6E";
  std::string frame;
  const auto size = payload.size();
  frame += static_cast<char>((final ? 0x80U : 0U) | opcode);
  const size_t extra = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
  frame += static_cast<char>(0x80U | (extra == 0 ? size : extra == 2 ? 126 : 127));
  for (size_t i = extra; i-- > 0;)
    frame += static_cast<char>(size >> (8 * i));
  frame += key;
  for (size_t i = 0; i < size; ++i)
    frame += static_cast<char>(payload[i] ^ key[i % 4]);
  socket_.write(frame);
}

raw_message websocket_client::next_frame() {
  const auto head = socket_.read(2);
  const auto byte = [](char x) { return static_cast<unsigned char>(x); };
  const unsigned opcode = byte(head[0]) & 0x7FU; // including the bits of extensions
  size_t size = byte(head[1]);
  if (size >= 126) {
    const auto extra = socket_.read(size == 126 ? 2 : 8);
    size = 0;
    for (const char x : extra)
      size = size << 8 | byte(x);
  }
  return {opcode, socket_.read(size)};
}

raw_message websocket_client::next() {
  for (;;) {
    auto result = next_frame();
    if (result.opcode != 9)
      return result;
    send_frame(10, result.payload);
  }
}

std::string websocket_client::next_of(unsigned opcode) {
  auto message = next();
  if (message.opcode == 8)
    throw std::runtime_error("closed with " + std::to_string(code_of_close(message.payload)));
  if (message.opcode != opcode)
    throw std::runtime_error("a frame with opcode " + std::to_string(message.opcode));
  return std::move(message.payload);
}

close_told websocket_client::close() {
  const auto message = next();
  if (message.opcode != 8)
    throw std::runtime_error("no close, but: " + message.payload);
  return {code_of_close(message.payload), message.payload.size() < 2 ? "" : message.payload.substr(2)};
}

unsigned code_of_close(std::string_view payload) {
  if (payload.size() < 2)
    return 1005;
  return static_cast<unsigned>(static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]));
}

} // namespace bennu::test
