#include "tests/wire/wire_client.hpp"

#include <stdexcept>

namespace bennu::test {

namespace {

std::string request(const door& at) {
  auto text = "GET " + at.path + (at.query.empty() ? "" : "?" + at.query) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (at.upgrades)
    text += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  if (!at.origin.empty())
    text += "Origin: " + at.origin + "\r\n";
  return text + "\r\n";
}

uint16_t port_of(const door& at) {
  return at.port != 0 ? at.port : shared_probe_port();
}

int read_status(raw_socket& from) {
  const auto head = from.read_until("\r\n\r\n");
  return std::stoi(head.substr(head.find(' ') + 1));
}

} // namespace

int http_status(const door& at) {
  raw_socket socket(port_of(at));
  socket.write(request(at));
  return read_status(socket);
}

wire_client::wire_client(const door& at) : socket_(port_of(at)) {
  socket_.write(request(at));
  if (const int status = read_status(socket_); status != 101)
    throw std::runtime_error("the upgrade was answered " + std::to_string(status));
}

void wire_client::send_frame(unsigned opcode, std::string_view payload, bool final) {
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

std::string wire_client::join(const std::string& topic, const json& payload) {
  const auto ref = std::to_string(++refs_);
  send_as(ref, ref, topic, "phx_join", payload);
  const auto answer = next();
  if (answer[3] != "phx_reply" || answer[1] != ref || answer[4]["status"] != "ok")
    throw std::runtime_error("the join of " + topic + " was answered " + answer.dump());
  return join_refs_[topic] = ref;
}

std::string wire_client::push(const std::string& topic, std::string_view event, const json& payload) {
  auto ref = std::to_string(++refs_);
  send_as(join_refs_.at(topic), ref, topic, event, payload);
  return ref;
}

raw_message wire_client::next_raw() {
  const auto head = socket_.read(2);
  const auto byte = [](char x) { return static_cast<unsigned char>(x); };
  const unsigned opcode = byte(head[0]) & 0x0FU;
  size_t size = byte(head[1]);
  if (size >= 126) {
    const auto extra = socket_.read(size == 126 ? 2 : 8);
    size = 0;
    for (const char x : extra)
      size = size << 8 | byte(x);
  }
  raw_message result{opcode, socket_.read(size)};
  if (opcode != 9)
    return result;
  send_frame(10, result.payload);
  return next_raw();
}

json wire_client::next() {
  const auto message = next_raw();
  if (message.opcode == 8 && message.payload.size() >= 2)
    throw std::runtime_error("closed with "
                             + std::to_string(static_cast<unsigned char>(message.payload[0]) << 8
                                              | static_cast<unsigned char>(message.payload[1])));
  if (message.opcode != 1)
    throw std::runtime_error("a frame with opcode " + std::to_string(message.opcode));
  return json::parse(message.payload);
}

unsigned wire_client::close_code() {
  const auto message = next_raw();
  if (message.opcode != 8)
    throw std::runtime_error("no close, but: " + message.payload);
  if (message.payload.size() < 2)
    return 1005; // RFC 6455 §7.1.5: no code was given
  return static_cast<unsigned>(static_cast<unsigned char>(message.payload[0]) << 8
                               | static_cast<unsigned char>(message.payload[1]));
}

bool wire_client::hears_nothing() {
  const auto ref = "heartbeat-" + std::to_string(++refs_);
  send_as(nullptr, ref, "phoenix", "heartbeat");
  return next() == reply(nullptr, ref, "phoenix", "ok");
}

json reply(const json& join_ref, const json& ref, const std::string& topic, std::string_view status,
           const json& response) {
  return json::array({join_ref, ref, topic, "phx_reply", {{"response", response}, {"status", status}}});
}

json error_reply(const json& join_ref, const json& ref, const std::string& topic, std::string_view reason) {
  return reply(join_ref, ref, topic, "error", {{"reason", reason}});
}

json pushed(const json& join_ref, const std::string& topic, std::string_view event, const json& payload) {
  return json::array({join_ref, nullptr, topic, event, payload});
}

json broadcasted(const std::string& topic, std::string_view event, const json& payload) {
  return json::array({nullptr, nullptr, topic, event, payload});
}

json closed(const json& join_ref, const std::string& topic) {
  return json::array({join_ref, join_ref, topic, "phx_close", json::object()});
}

json crashed(const json& join_ref, const std::string& topic) {
  return json::array({join_ref, join_ref, topic, "phx_error", json::object()});
}

} // namespace bennu::test
