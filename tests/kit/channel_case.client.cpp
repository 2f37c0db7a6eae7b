// The clients of a `channel_case` and the channels that they have joined.
#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "actors/client/unit_services.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "tests/kit/channel/test_session.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>

namespace bennu {

using namespace engine;

// -- messages -------------------------------------------------------------------

pattern reply_to(const test_push& push, const std::string& status, const pattern& response) {
  return {{"topic", push.topic},
          {"event", "phx_reply"},
          {"ref", push.ref},
          {"payload", {{"status", status}, {"response", response}}}};
}

pattern pushed(const std::string& event, const pattern& body) {
  return {{"event", event},
          {"join_ref", where("the join_ref of a channel", [](const json& x) { return !x.is_null(); })},
          {"payload", body}};
}

pattern broadcasted(const std::string& event, const pattern& body) {
  return {{"event", event}, {"join_ref", nullptr}, {"payload", body}};
}

namespace {

std::string in_words(std::string_view what, std::string_view event, const pattern& body) {
  return std::string{what} + " \"" + std::string{event} + "\" " + body.text();
}

// In v2 a push carries the join_ref of its channel, and a broadcast none. In v1 neither has one.
auto fits(std::string_view topic, const json& join_ref, std::string_view event, const pattern& body) {
  return [topic, &join_ref, event, &body](const received_message& x) {
    return x.topic == topic && x.event == event && x.join_ref == join_ref && body.matches(x.payload);
  };
}

const json no_join_ref = nullptr;

// What the client has received instead. A message of the right name is shown with what is wrong about it.
std::string instead(const test_session& session, std::string_view topic, const json& join_ref, std::string_view event,
                    const pattern& body) {
  return session.rest([&](const received_message& x) -> std::string {
    if (x.topic != topic || x.event != event)
      return {};
    if (x.join_ref == join_ref)
      return ": " + body.difference(x.payload).value_or("");
    if (x.join_ref.is_null())
      return ": it is a broadcast, for expect_received";
    return join_ref.is_null() ? ": it is a push, for expect_push" : ": it is a push of another join";
  });
}

// For what must not be there: it does not matter who sent it.
void expect_none(test_session& session, std::string_view topic, std::string_view event, const pattern& body,
                 const std::source_location& where) {
  const auto found = session.take(
    [&](const received_message& x) { return x.topic == topic && x.event == event && body.matches(x.payload); });
  if (found)
    fail_expectation("the client received " + shown(*found), where);
}

json reply_in(test_session& session, const test_push& to, std::string_view status, const pattern& response,
              const std::source_location& where) {
  const auto reply = session.take(
    [&](const received_message& x) { return x.event == "phx_reply" && x.ref == to.ref && x.topic == to.topic; });
  if (!reply)
    fail_expectation("no reply to push " + to.ref + " on " + to.topic + session.held_work(to.topic) + session.rest(),
                     where);
  if (reply->payload.at("status") != status)
    fail_expectation(
      "the reply is " + reply->payload.dump() + ", not \"" + std::string{status} + "\"" + session.last_crash(), where);
  if (const auto text = response.difference(reply->payload.at("response")))
    fail_expectation("the reply does not match: " + *text, where);
  return reply->payload.at("response");
}

test_reply answer_to(test_session& session, const test_push& join, const std::source_location& where) {
  const auto reply =
    session.take([&](const received_message& x) { return x.event == "phx_reply" && x.ref == join.ref; });
  if (!reply)
    fail_expectation("the join of " + join.topic + " is not answered" + session.held_work(join.topic) + session.rest(),
                     where);
  return {reply->payload.at("status").get<std::string>(), reply->payload.at("response")};
}

} // namespace

// -- test_channel ---------------------------------------------------------------

struct test_channel::state {
  std::shared_ptr<test_session> session;
  std::string topic;
  std::string join_ref;
  json response;

  /// The join at the server; null when it is over, also if the client has joined the topic again.
  channel_join* join() const {
    auto* found = session->client().find(topic);
    return found != nullptr && found->matches(json(join_ref).dump()) ? found : nullptr;
  }

  bool is_open() const { return session->is_on() && join() != nullptr; }

  caf::actor_addr at_first; ///< the actor that ran the channel when it was joined
};

test_push test_channel::push(std::string_view event, const payload& body) const {
  return {state_->topic, state_->session->send(state_->join_ref, state_->topic, event, body)};
}

test_push test_channel::leave() const {
  return push("phx_leave");
}

void test_channel::broadcast_from(std::string_view event, const json& body) const {
  const subscriber* except = state_->join();
  auto& unit = state_->session->client().unit();
  unit.shared.topics.from_unit(
    unit.lane, caf::make_counted<const broadcast>(state_->topic, std::string{event}, payload(body), except));
  state_->session->on().settle();
}

const json& test_channel::response() const noexcept {
  return state_->response;
}

const std::string& test_channel::topic() const noexcept {
  return state_->topic;
}

std::string test_channel::position() const {
  const auto& all = state_->session->link().positions;
  const auto found = all.find(state_->topic);
  return found == all.end() ? std::string{} : found->second;
}

bool test_channel::is_recovered() const {
  static const json::json_pointer recovered{"/history/recovered"};
  return response().is_object() && response().value(recovered, false);
}

pattern test_channel::pushed(const std::string& event, const pattern& body) const {
  return {{"topic", topic()}, {"event", event}, {"join_ref", state_->join_ref}, {"payload", body}};
}

pattern test_channel::broadcasted(const std::string& event, const pattern& body) const {
  return {{"topic", topic()}, {"event", event}, {"join_ref", nullptr}, {"payload", body}};
}

json test_channel::expect_reply(const test_push& to, std::string_view status, const pattern& response,
                                place where) const {
  return reply_in(*state_->session, to, status, response, where);
}

void test_channel::expect_no_reply(const test_push& to, place where) const {
  const auto reply = state_->session->take(
    [&](const received_message& x) { return x.event == "phx_reply" && x.ref == to.ref && x.topic == to.topic; });
  if (reply)
    fail_expectation("push " + to.ref + " is answered " + reply->payload.dump(), where);
}

json test_channel::expect_push(std::string_view event, const pattern& body, place where) const {
  const json mine = state_->join_ref;
  if (const auto found = state_->session->take(fits(state_->topic, mine, event, body)))
    return found->payload;
  if (state_->session->link().speaks_v1)
    if (const auto found = state_->session->take(fits(state_->topic, no_join_ref, event, body)))
      return found->payload;
  fail_expectation(in_words("no push", event, body) + instead(*state_->session, state_->topic, mine, event, body),
                   where);
}

void test_channel::expect_no_push(std::string_view event, const pattern& body, place where) const {
  expect_none(*state_->session, state_->topic, event, body, where);
}

json test_channel::expect_received(std::string_view event, const pattern& body, place where) const {
  if (const auto found = state_->session->take(fits(state_->topic, no_join_ref, event, body)))
    return found->payload;
  fail_expectation(in_words("the client received no broadcast", event, body)
                     + instead(*state_->session, state_->topic, no_join_ref, event, body),
                   where);
}

void test_channel::expect_not_received(std::string_view event, const pattern& body, place where) const {
  expect_none(*state_->session, state_->topic, event, body, where);
}

void test_channel::expect_end(const std::string& event, const std::string& hint, place where) const {
  const json mine = state_->join_ref;
  if (!state_->session->take(fits(state_->topic, mine, event, any())))
    fail_expectation("the client received no " + event + (state_->is_open() ? hint : "")
                       + state_->session->held_work(state_->topic) + state_->session->rest(),
                     where);
}

void test_channel::expect_closed(place where) const {
  expect_end("phx_close", ": the channel has not ended", where);
}

void test_channel::expect_error(place where) const {
  expect_end(
    "phx_error",
    ": the channel has not ended. One that crashes restarts in place (expect_restarted), unless its route says "
    "restart::temporary or its intensity is used up",
    where);
}

const caf::actor_addr& test_channel::first_actor() const noexcept {
  return state_->at_first;
}

caf::actor test_channel::actor() const {
  const auto* join = state_->join();
  return join != nullptr ? join->actor : caf::actor{};
}

void test_channel::send(caf::message x) const {
  if (const auto whom = actor())
    caf::anon_send(whom, std::move(x));
  state_->session->on().settle();
}

// It tells the joins of all clients apart.
std::string test_channel::name() const {
  return "the channel of " + state_->topic + " (client " + std::to_string(state_->session->number()) + ", join_ref "
         + state_->join_ref + ")";
}

// -- test_client ----------------------------------------------------------------

test_push test_client::begin_join(std::string topic, const json& params) const {
  session_->on().watch(topic);
  auto ref = session_->send({}, topic, "phx_join", payload(params));
  return {std::move(topic), std::move(ref)};
}

test_channel test_client::joined(const test_push& join) const {
  auto state = std::make_shared<test_channel::state>();
  state->session = session_;
  state->topic = join.topic;
  state->join_ref = join.ref;
  if (const auto* there = state->join(); there != nullptr && there->actor)
    state->at_first = there->actor.address();
  return test_channel{std::move(state)};
}

test_channel test_client::join(std::string topic, const json& params, place where) const {
  const auto ref = begin_join(std::move(topic), params);
  auto result = joined(ref);
  const auto [status, response] = answer_to(*session_, ref, where);
  if (status != "ok")
    fail_expectation("the join of " + ref.topic + " is refused: " + response.dump() + session_->last_crash(), where);
  result.state_->response = response;
  return result;
}

test_reply test_client::try_join(std::string topic, const json& params, place where) const {
  return answer_to(*session_, begin_join(std::move(topic), params), where);
}

json test_client::expect_join_refused(std::string topic, const json& params, const pattern& response,
                                      place where) const {
  return expect_reply(begin_join(std::move(topic), params), "error", response, where);
}

test_push test_client::push(const std::string& topic, std::string_view event, const json& body) const {
  return {topic, session_->send({}, topic, event, payload(body))};
}

void test_client::heartbeat(place where) const {
  expect_reply(push("phoenix", "heartbeat"), "ok", any(), where);
}

json test_client::expect_reply(const test_push& to, std::string_view status, const pattern& response,
                               place where) const {
  return reply_in(*session_, to, status, response, where);
}

json test_client::expect_received(std::string_view topic, std::string_view event, const pattern& body,
                                  place where) const {
  if (const auto found = session_->take(fits(topic, no_join_ref, event, body)))
    return found->payload;
  fail_expectation(in_words("the client received under " + std::string{topic} + " no", event, body)
                     + instead(*session_, topic, no_join_ref, event, body),
                   where);
}

void test_client::expect_not_received(std::string_view topic, std::string_view event, const pattern& body,
                                      place where) const {
  expect_none(*session_, topic, event, body, where);
}

void test_client::expect_exactly(const std::vector<pattern>& messages, place where) const {
  const json all = take_received();
  if (const auto text = list(messages).difference(all)) {
    std::string received;
    for (const auto& x : all)
      received += "\n  the client received " + x.dump();
    fail_expectation("the messages do not match: " + *text + received, where);
  }
}

std::vector<json> test_client::take_received() const {
  std::vector<json> result;
  for (auto& x : session_->take_all())
    result.push_back({{"topic", std::move(x.topic)},
                      {"event", std::move(x.event)},
                      {"join_ref", std::move(x.join_ref)},
                      {"ref", std::move(x.ref)},
                      {"payload", std::move(x.payload)}});
  return result;
}

void test_client::send_frame(std::string_view text) const {
  session_->send_frame(opcode::text, text);
}

void test_client::stop_reading() const {
  session_->congest(true);
}

void test_client::read_on() const {
  session_->congest(false);
}

bool test_client::is_held_back() const {
  return session_->client().backlogged();
}

std::vector<std::string> test_client::topics() const {
  std::vector<std::string> result;
  for (const auto& x : session_->client().joins())
    result.emplace_back(x->topic());
  return result;
}

void test_client::close() const {
  session_->close();
}

void test_client::expect_disconnected(uint16_t code, place where) const {
  if (close_code() == 0)
    fail_expectation("the connection is still open", where);
  if (close_code() != code)
    fail_expectation(
      "the connection is closed with " + std::to_string(close_code()) + ", not with " + std::to_string(code), where);
}

void test_client::expect_connected(place where) const {
  if (close_code() != 0)
    fail_expectation("the server has closed the connection with " + std::to_string(close_code()), where);
}

uint16_t test_client::close_code() const noexcept {
  return session_->close_code();
}

const std::string& test_client::id() const noexcept {
  return session_->id();
}

} // namespace bennu
