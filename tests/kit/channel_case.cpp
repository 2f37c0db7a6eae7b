#include <bennu/testing/channel_case.hpp>

#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "tests/kit/engine/test_node.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/fault.hpp>

namespace bennu {

using namespace engine;

// -- test_channel ---------------------------------------------------------------

struct test_channel::state {
  std::shared_ptr<test_session> session;
  std::string topic;
  std::string join_ref;
  json response;
};

namespace {

std::string in_words(std::string_view what, std::string_view event, const pattern& body) {
  return std::string{what} + " \"" + std::string{event} + "\" " + body.text();
}

} // namespace

test_push test_channel::push(std::string_view event, const payload& body) const {
  return {state_->topic, state_->session->send(state_->join_ref, state_->topic, event, body)};
}

test_push test_channel::leave() const {
  return push("phx_leave");
}

const json& test_channel::response() const noexcept {
  return state_->response;
}

const std::string& test_channel::topic() const noexcept {
  return state_->topic;
}

json test_channel::expect_reply(const test_push& to, std::string_view status, const pattern& response,
                                place where) const {
  const auto reply = state_->session->take(
    [&](const received_message& x) { return x.event == "phx_reply" && x.ref == to.ref && x.topic == to.topic; });
  if (!reply) {
    fail_expectation("no reply to push " + to.ref + " on " + to.topic + state_->session->rest(), where);
    return nullptr;
  }
  if (reply->payload.at("status") != status)
    fail_expectation("the reply is " + reply->payload.dump() + ", not \"" + std::string{status} + "\"", where);
  else if (const auto text = response.difference(reply->payload.at("response")))
    fail_expectation("the reply does not match: " + *text, where);
  return reply->payload.at("response");
}

void test_channel::expect_no_reply(const test_push& to, place where) const {
  const auto reply = state_->session->take(
    [&](const received_message& x) { return x.event == "phx_reply" && x.ref == to.ref && x.topic == to.topic; });
  if (reply)
    fail_expectation("push " + to.ref + " is answered " + reply->payload.dump(), where);
}

namespace {

// A push carries the join_ref of its channel, a broadcast none.
auto fits(std::string_view topic, bool is_push, std::string_view event, const pattern& body) {
  return [topic, is_push, event, &body](const received_message& x) {
    return x.topic == topic && x.event == event && x.join_ref.is_null() != is_push && body.matches(x.payload);
  };
}

} // namespace

json test_channel::expect_push(std::string_view event, const pattern& body, place where) const {
  if (const auto found = state_->session->take(fits(state_->topic, true, event, body)))
    return found->payload;
  fail_expectation(in_words("no push", event, body) + state_->session->rest(), where);
  return nullptr;
}

void test_channel::expect_no_push(std::string_view event, const pattern& body, place where) const {
  if (const auto found = state_->session->take(fits(state_->topic, true, event, body)))
    fail_expectation("a push \"" + found->event + "\" " + found->payload.dump(), where);
}

json test_channel::expect_received(std::string_view event, const pattern& body, place where) const {
  if (const auto found = state_->session->take(fits(state_->topic, false, event, body)))
    return found->payload;
  fail_expectation(in_words("the client received no broadcast", event, body) + state_->session->rest(), where);
  return nullptr;
}

void test_channel::expect_not_received(std::string_view event, const pattern& body, place where) const {
  if (const auto found = state_->session->take(fits(state_->topic, false, event, body)))
    fail_expectation("the client received the broadcast \"" + found->event + "\" " + found->payload.dump(), where);
}

void test_channel::expect_closed(place where) const {
  expect_push("phx_close", any(), where);
}

void test_channel::expect_error(place where) const {
  expect_push("phx_error", any(), where);
}

caf::actor test_channel::actor() const {
  const auto* join = state_->session->client().find(state_->topic);
  return join != nullptr ? join->actor : caf::actor{};
}

void test_channel::send(caf::message x) const {
  if (const auto whom = actor())
    caf::anon_send(whom, std::move(x));
  state_->session->on().world.settle();
}

// -- test_client ----------------------------------------------------------------

test_channel test_client::join(std::string topic, const json& params, place where) const {
  auto state = std::make_shared<test_channel::state>();
  session_->on().watch(topic);
  state->session = session_;
  state->topic = std::move(topic);
  state->join_ref = session_->send({}, state->topic, "phx_join", payload(params));
  const test_channel result{state};
  state->response = result.expect_reply({state->topic, state->join_ref}, "ok", any(), where);
  return result;
}

test_reply test_client::try_join(std::string topic, const json& params, place where) const {
  session_->on().watch(topic);
  const auto ref = session_->send({}, topic, "phx_join", payload(params));
  const auto reply = session_->take([&](const received_message& x) { return x.event == "phx_reply" && x.ref == ref; });
  if (!reply) {
    fail_expectation("the join of " + topic + " is not answered" + session_->rest(), where);
    return {};
  }
  return {reply->payload.at("status").get<std::string>(), reply->payload.at("response")};
}

json test_client::expect_received(std::string_view topic, std::string_view event, const pattern& body,
                                  place where) const {
  if (const auto found = session_->take(fits(topic, false, event, body)))
    return found->payload;
  fail_expectation(in_words("the client received under " + std::string{topic} + " no", event, body) + session_->rest(),
                   where);
  return nullptr;
}

void test_client::expect_not_received(std::string_view topic, std::string_view event, const pattern& body,
                                      place where) const {
  if (const auto found = session_->take(fits(topic, false, event, body)))
    fail_expectation(
      "the client received \"" + found->event + "\" " + found->payload.dump() + " under " + std::string{topic}, where);
}

void test_client::close() const {
  session_->close();
}

uint16_t test_client::close_code() const noexcept {
  return session_->close_code();
}

const std::string& test_client::id() const noexcept {
  return session_->id();
}

} // namespace bennu
