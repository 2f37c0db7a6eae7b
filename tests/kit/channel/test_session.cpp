#include "tests/kit/channel/test_session.hpp"

#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/node/node_parts.hpp"
#include "actors/wire/serializer.hpp"

namespace bennu::engine {

json value_of(const payload& body) {
  return body.is_binary() ? json::binary({body.bytes().begin(), body.bytes().end()}) : json::parse(body.bytes());
}

std::string shown(const received_message& x) {
  return x.topic + " " + x.event + " " + x.payload.dump(-1, ' ', false, json::error_handler_t::replace)
         + (x.join_ref.is_string() ? " (join_ref " + x.join_ref.get<std::string>() + ")" : "");
}

void recorded_session::send(frame_ptr x) {
  if (close_code == 0)
    received.push_back(read_frame(x->kind() == opcode::binary, x->body()));
}

void recorded_session::send_control(frame_ptr x) {
  if (std::exchange(next_control_fails, false))
    throw std::runtime_error("as the test asked");
  send(std::move(x));
}

void recorded_session::close(uint16_t code, std::string_view) {
  if (close_code == 0)
    close_code = code;
}

test_session::test_session(case_node& on, std::unique_ptr<socket> user, const connected& terms, transport_kind as)
  : node_(&on), id_(user->id()), number_(++on.world.clients), link_(caf::make_counted<recorded_session>()) {
  link_->as = as;
  client_ = caf::make_counted<connection>(on.world.via, *on.home.parts().units.front(), link_,
                                          *on.world.via.serializer_for("2.0.0"), std::move(user), id_);
  client_->start(terms);
  on.settle();
}

test_session::~test_session() {
  close();
}

void test_session::abandon() {
  close();
  client_.reset(); // it refers to the node
  node_ = nullptr;
}

case_node& test_session::on() {
  if (node_ == nullptr)
    throw std::logic_error("the channel_case of this client has ended");
  return *node_;
}

connection& test_session::client() {
  on();
  return *client_;
}

void test_session::close() {
  if (node_ == nullptr)
    return;
  client_->closed();
  node_->settle();
}

void test_session::congest(bool now) {
  link_->is_congested = now;
  if (!now)
    client().on_drained();
  on().settle();
}

std::string test_session::send(const std::string& join_ref, const std::string& topic, std::string_view event,
                               const payload& body) {
  on();
  const auto ref = std::to_string(++last_ref_);
  const auto own = join_ref.empty() && event == "phx_join" ? ref : join_ref;
  if (body.is_binary()) {
    const std::string head{{'\0', static_cast<char>(own.size()), static_cast<char>(ref.size()),
                            static_cast<char>(topic.size()), static_cast<char>(event.size())}};
    send_frame(opcode::binary, head + own + ref + topic + std::string{event} + std::string{body.bytes()});
  } else {
    const auto join_field = own.empty() ? std::string{"null"} : json(own).dump();
    send_frame(opcode::text, "[" + join_field + "," + json(ref).dump() + "," + json(topic).dump() + ","
                               + json(event).dump() + "," + std::string{body.bytes()} + "]");
  }
  return ref;
}

// As the WebSocket session of transport/ does; 1011 is an internal error (RFC 6455 §7.4.1).
void test_session::send_frame(opcode kind, std::string_view bytes) {
  on();
  if (!client_->receive(kind, bytes))
    client_->close_when_handled(1011);
  node_->settle();
}

std::string test_session::rest() const {
  if (link_->received.empty())
    return "; the client has received nothing else";
  std::string result;
  for (const auto& x : link_->received)
    result += "\n  the client received " + shown(x);
  return result;
}

} // namespace bennu::engine
