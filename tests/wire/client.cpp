#include "tests/wire/client.hpp"

#include <stdexcept>
#include <utility>

#include "tests/support/base64.hpp"

namespace bennu::test {

namespace {

std::string query_of(way how, const client_options& at) {
  return "vsn=" + std::to_string(how.vsn) + ".0.0" + (at.params.empty() ? "" : "&" + at.params);
}

} // namespace

client::client(way how, client_options at) : how_(how) {
  if (how.transport == over::websocket) {
    websocket_ = std::make_unique<websocket_client>(door{.path = at.socket + "/websocket",
                                                         .query = query_of(how, at),
                                                         .origin = at.origin,
                                                         .headers = at.headers,
                                                         .port = at.port});
    return;
  }
  poll_door polled{.path = at.socket + "/longpoll", .query = query_of(how, at), .headers = at.headers, .port = at.port};
  if (!at.origin.empty())
    polled.headers += "Origin: " + at.origin + "\r\n";
  polls_ = std::make_unique<poll_client>(std::move(polled));
}

client::~client() = default;

// -- sending ------------------------------------------------------------------

std::string client::encoded(const json& join_ref, const json& ref, const json& topic, const json& event,
                            std::string_view payload) const {
  if (how_.vsn == 2)
    return "[" + join_ref.dump() + "," + ref.dump() + "," + topic.dump() + "," + event.dump() + ","
           + std::string{payload} + "]";
  return R"({"topic":)" + topic.dump() + R"(,"event":)" + event.dump() + R"(,"payload":)" + std::string{payload}
         + R"(,"ref":)" + ref.dump() + (join_ref.is_null() ? "" : R"(,"join_ref":)" + join_ref.dump()) + "}";
}

void client::send_text(std::string_view text) {
  websocket_ ? websocket_->send_text(text) : polls_->send(text);
}

void client::send_binary(std::string_view bytes) {
  websocket_ ? websocket_->send_binary(bytes) : polls_->send(base64(bytes));
}

std::string client::join(const std::string& topic, const json& payload) {
  const auto ref = std::to_string(++refs_);
  send_as(ref, ref, topic, "phx_join", payload);
  const auto answer = next();
  const auto& body = payload_of(answer);
  if ((how_.vsn == 2 ? answer[1] : answer["ref"]) != ref || !body.contains("status") || body["status"] != "ok")
    throw std::runtime_error("the join of " + topic + " was answered " + answer.dump());
  return join_refs_[topic] = ref;
}

std::string client::push(const std::string& topic, std::string_view event, const json& payload) {
  auto ref = std::to_string(++refs_);
  send_as(join_refs_.at(topic), ref, topic, event, payload);
  return ref;
}

// -- receiving ----------------------------------------------------------------

std::string client::next_text() {
  return websocket_ ? websocket_->next_text() : polls_->next();
}

bool client::hears_nothing() {
  const auto ref = "heartbeat-" + std::to_string(++refs_);
  send_as(nullptr, ref, "phoenix", "heartbeat");
  return next() == replied(nullptr, ref, "phoenix", "ok");
}

bool client::ended_with(unsigned code) {
  if (websocket_)
    return websocket_->close_code() == code;
  for (;;) {
    const auto answer = polls_->poll();
    if (answer["status"] == 410) // the old session has ended; there is a new one or none
      return true;
    if (answer["status"] != 204)
      throw std::runtime_error("the poll was answered " + answer.dump());
  }
}

// -- messages that a test may expect ------------------------------------------

json client::message(const json& join_ref, const json& ref, const json& topic, std::string_view event,
                     const json& payload) const {
  if (how_.vsn == 2)
    return json::array({join_ref, ref, topic, event, payload});
  return {{"topic", topic}, {"event", event}, {"payload", payload}, {"ref", ref}};
}

json client::replied(const json& join_ref, const json& ref, const json& topic, std::string_view status,
                     const json& response) const {
  return message(join_ref, ref, topic, "phx_reply", {{"response", response}, {"status", status}});
}

} // namespace bennu::test
