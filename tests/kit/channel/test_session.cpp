#include "tests/kit/channel/test_session.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/client/limits.hpp"
#include "actors/node/node_parts.hpp"
#include "actors/wire/serializer.hpp"
#include <bennu/supervision/fault.hpp>

namespace bennu::engine {

json value_of(const payload& body) {
  return body.is_binary() ? json::binary({body.bytes().begin(), body.bytes().end()}) : json::parse(body.bytes());
}

std::string shown(const received_message& x) {
  return x.topic + " " + x.event + " " + x.payload.dump(-1, ' ', false, json::error_handler_t::replace)
         + (x.join_ref.is_string() ? " (join_ref " + x.join_ref.get<std::string>() + ")" : "");
}

// The bound for replies to heartbeats and leaves, and for closes of channels (`outbound_queue` of transport/).
constexpr size_t max_control_bytes = size_t{1} << 20;

void recorded_session::receive(const frame& x) {
  received.push_back(speaks_v1 ? read_frame_v1(x.body()) : read_frame(x.kind() == opcode::binary, x.body()));
  if (auto position = position_in(received.back()); !position.empty())
    positions[received.back().topic] = std::move(position);
}

void recorded_session::send(frame_ptr x) {
  if (close_code != 0)
    return;
  if (!is_congested)
    return receive(*x);
  if (!finds_space(x->wire().size()))
    return too_slow();
  outbox_.push_back({std::move(x), false});
}

void recorded_session::send_control(frame_ptr x) {
  if (std::exchange(next_control_fails, false))
    throw std::runtime_error("as the test asked");
  if (close_code != 0)
    return;
  if (!is_congested)
    return receive(*x);
  const auto most = options ? std::min(options->max_outbox_bytes, max_control_bytes) : max_control_bytes;
  const auto waiting = unread_bytes(true);
  if (waiting > 0 && waiting + x->wire().size() > most)
    return too_slow();
  outbox_.push_back({std::move(x), true});
}

size_t recorded_session::unread_bytes(bool control) const noexcept {
  size_t result = 0;
  for (const auto& x : outbox_)
    result += x.control == control ? x.bytes->wire().size() : 0;
  return result;
}

// With another policy than `close` it drops frames until there is space.
bool recorded_session::finds_space(size_t size) {
  const auto most = options ? options->max_outbox_bytes : SIZE_MAX / 2;
  auto waiting = unread_bytes(false);
  if (waiting + size <= most || (policy() == overflow::close && waiting <= most / 2))
    return true;
  if (policy() == overflow::close)
    return false;
  std::erase_if(outbox_, [&](const unread& x) {
    if (x.control || (policy() == overflow::drop_oldest && waiting + size <= most))
      return false;
    waiting -= x.bytes->wire().size();
    return true;
  });
  return true;
}

void recorded_session::too_slow() {
  if (system != nullptr)
    limit_hit(*system, "outbox");
  outbox_.clear();
  close(1008, "too slow");
}

void recorded_session::read_on() {
  is_congested = false;
  for (const auto& x : std::exchange(outbox_, {}))
    receive(*x.bytes);
}

void recorded_session::close(uint16_t code, std::string_view) {
  if (close_code != 0)
    return;
  close_code = code;
  if (const auto f = std::exchange(when_closed, nullptr))
    f();
}

test_session::test_session(case_node& on, std::unique_ptr<socket> user, const connected& terms,
                           const connect_info& info)
  : node_(&on), id_(user->id()), number_(++on.world.clients), link_(caf::make_counted<recorded_session>()) {
  const auto asked = info.params.find("vsn");
  const auto version = asked == info.params.end() ? std::string{"2.0.0"} : asked->second;
  link_->as = info.transport;
  link_->speaks_v1 = version.starts_with("1.");
  client_ = caf::make_counted<connection>(on.via, *on.home.parts().units.front(), link_,
                                          *on.via.serializer_for(version), std::move(user), id_);
  client_->start(terms);
  link_->options = &on.via.options();
  link_->system = &on.world.system.system();
  // The client answers the close at once, so that its channels end.
  link_->when_closed = [this] { node_->world.network.later([client = client_] { client->closed(); }); };
  on.settle();
}

test_session::~test_session() {
  if (node_ == nullptr)
    return;
  link_->when_closed = nullptr; // the connection may keep the session
  client_->closed();
  node_->settle_at_end();
}

void test_session::abandon() {
  close();
  link_->when_closed = nullptr;
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
  on();
  link_->is_congested = true;
  if (!now) {
    link_->read_on();
    client().on_drained();
  }
  on().settle();
}

namespace {

// A text frame of the client.
std::string text_frame(bool v1, const json& join_ref, const std::string& ref, const std::string& topic,
                       std::string_view event, std::string_view body) {
  const auto [join_text, ref_text, topic_text, event_text] =
    std::array{join_ref.dump(), json(ref).dump(), json(topic).dump(), json(event).dump()};
  if (v1)
    return R"({"topic":)" + topic_text + R"(,"event":)" + event_text + R"(,"payload":)" + std::string{body}
           + R"(,"ref":)" + ref_text + R"(,"join_ref":)" + join_text + "}";
  return "[" + join_text + "," + ref_text + "," + topic_text + "," + event_text + "," + std::string{body} + "]";
}

// The byte of a binary frame that tells the length of a field.
char length_of(std::string_view field, std::string_view text) {
  if (text.size() > 255)
    throw std::invalid_argument("a binary message has one byte for the length of its " + std::string{field}
                                + ", which has " + std::to_string(text.size()));
  return static_cast<char>(text.size());
}

} // namespace

std::string test_session::send(const std::string& join_ref, const std::string& topic, std::string_view event,
                               const payload& body) {
  on();
  const auto ref = std::to_string(++last_ref_);
  const auto own = join_ref.empty() && event == "phx_join" ? ref : join_ref;
  if (body.is_binary() && link_->speaks_v1)
    throw std::invalid_argument("a client of serializer v1 cannot send bytes");
  if (body.is_binary()) {
    send_frame(opcode::binary, std::string(1, '\0') + length_of("join_ref", own) + length_of("ref", ref)
                                 + length_of("topic", topic) + length_of("event", event) + own + ref + topic
                                 + std::string{event} + std::string{body.bytes()});
  } else {
    send_frame(opcode::text,
               text_frame(link_->speaks_v1, own.empty() ? json{} : json(own), ref, topic, event, body.bytes()));
  }
  return ref;
}

// As the WebSocket session of transport/ does: 1009 means that a message is too big, 1011 is an internal error
// (RFC 6455 §7.4.1).
void test_session::send_frame(opcode kind, std::string_view bytes) {
  if (on().via.options().max_message_bytes < bytes.size())
    link_->close(1009, {});
  if (link_->close_code == 0 && !client_->receive(kind, bytes))
    client_->close_when_handled(1011);
  node_->settle();
}

std::string test_session::held_work(const std::string& topic) const {
  if (node_ != nullptr)
    for (const auto& name : node_->world.held)
      if (matches_pattern(name, topic))
        return "; its blocking work is held back until release_blocking(\"" + name + "\")";
  return {};
}

std::string test_session::last_crash() const {
  const auto text = node_ != nullptr ? node_->world.system.last_crash() : std::string{};
  return text.empty() ? text : "\n  " + text;
}

std::string test_session::rest(const std::function<std::string(const received_message&)>& remark) const {
  if (node_ != nullptr && node_->world.system.is_paused())
    return "; within at_once nothing runs: expect it after at_once";
  if (close_code() != 0)
    return "; the server has closed the connection with " + std::to_string(close_code());
  if (link_->received.empty())
    return "; the client has received nothing else" + last_crash();
  auto result = last_crash();
  for (const auto& x : link_->received)
    result += "\n  the client received " + shown(x) + (remark ? remark(x) : "");
  return result;
}

} // namespace bennu::engine
