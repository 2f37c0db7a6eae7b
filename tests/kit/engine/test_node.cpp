#include "tests/kit/engine/test_node.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "actors/node/node_parts.hpp"
#include "actors/wire/serializer.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/supervision/supervisor.hpp>

namespace bennu::engine {

using json = nlohmann::json;

namespace {

// Work that blocks is done at once, by the thread of the test.
node_options without_threads() {
  node_options result;
  result.blocking.in_place = true;
  return result;
}

json value_of(const payload& body) {
  return body.is_binary() ? json::binary({body.bytes().begin(), body.bytes().end()}) : json::parse(body.bytes());
}

caf::behavior listen(caf::event_based_actor*, const std::shared_ptr<std::vector<seen_broadcast>>& into) {
  return {[into](const broadcast_ptr& x) { into->push_back({x->topic, x->event, value_of(x->body)}); }};
}

std::string shown(const received_message& x) {
  return x.topic + " " + x.event + " " + x.payload.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

test_node::test_node(endpoint x, const std::function<void(node&)>& prepare)
  : via(std::move(x)), home(world.system(), "test", {}, without_threads()),
    seen_(std::make_shared<std::vector<seen_broadcast>>()) {
  if (prepare)
    prepare(home);
  supervisor_spec root{one_for_one};
  for (auto& child : home.children())
    root.add(std::move(child));
  root_ = world.own(root.name("root").spawn(world.system()));
  listener_ = world.own(world.system().spawn(listen, seen_));
  world.settle();
}

test_node::~test_node() {
  for (auto& x : sessions)
    if (auto session = x.lock())
      session->abandon();
  world.settle();
  signal_exit(root_, exits::shutdown());
  world.settle();
}

void test_node::watch(const std::string& topic) {
  if (watched_.insert(topic).second)
    home.topics().subscribe(topic, listener_);
  world.settle();
}

std::optional<json> test_node::take_broadcast(const std::string& topic, std::string_view event, const pattern& body) {
  const auto found = std::find_if(seen_->begin(), seen_->end(), [&](const seen_broadcast& x) {
    return x.topic == topic && x.event == event && body.matches(x.body);
  });
  if (found == seen_->end())
    return {};
  auto result = std::move(found->body);
  seen_->erase(found);
  return result;
}

std::string test_node::other_broadcasts(const std::string& topic, std::string_view event, const pattern& body) const {
  if (!watched_.contains(topic))
    return "; no client has joined " + topic + ": call watch(\"" + topic + "\") first";
  std::string result;
  for (const auto& x : *seen_)
    if (x.topic == topic)
      result += "\n  there was " + x.event + " " + x.body.dump()
                + (x.event == event ? ": " + body.difference(x.body).value_or("") : "");
  return result.empty() ? "; there was none on this topic" : result;
}

void recorded_session::send(frame_ptr x) {
  if (close_code == 0)
    received.push_back(read_frame(x->kind() == opcode::binary, x->body()));
}

void recorded_session::close(uint16_t code, std::string_view) {
  if (close_code == 0)
    close_code = code;
}

test_session::test_session(test_node& on, std::unique_ptr<socket> user, const connected& terms)
  : node_(&on), id_(user->id()), link_(caf::make_counted<recorded_session>()) {
  client_ =
    caf::make_counted<connection>(on.via, *on.home.parts().units.front(), link_, serializer_v2(), std::move(user), id_);
  client_->start(terms);
  on.world.settle();
}

test_session::~test_session() {
  close();
}

void test_session::abandon() {
  close();
  node_ = nullptr;
}

void test_session::close() {
  if (node_ == nullptr)
    return;
  client_->closed();
  node_->world.settle();
}

std::string test_session::send(const std::string& join_ref, const std::string& topic, std::string_view event,
                               const payload& body) {
  if (node_ == nullptr)
    throw std::logic_error("the channel_case of this client is over");
  const auto ref = std::to_string(++last_ref_);
  const auto own = join_ref.empty() ? ref : join_ref;
  if (body.is_binary()) {
    const std::string head{{'\0', static_cast<char>(own.size()), static_cast<char>(ref.size()),
                            static_cast<char>(topic.size()), static_cast<char>(event.size())}};
    client_->receive(opcode::binary, head + own + ref + topic + std::string{event} + std::string{body.bytes()});
  } else {
    const auto text = "[" + json(own).dump() + "," + json(ref).dump() + "," + json(topic).dump() + ","
                      + json(event).dump() + "," + std::string{body.bytes()} + "]";
    client_->receive(opcode::text, text);
  }
  node_->world.settle();
  return ref;
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
