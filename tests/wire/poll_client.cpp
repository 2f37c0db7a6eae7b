#include "tests/wire/poll_client.hpp"

#include <stdexcept>

#include "tests/wire/probe_process.hpp"

namespace bennu::test {

poll_client::poll_client(poll_door at) : at_(std::move(at)), get_(shared_probe_port()), post_(shared_probe_port()) {
  const auto answer = get_.request("GET", at_.path + "?" + at_.query, at_.headers);
  const auto opened = json::parse(answer.body);
  if (opened["status"] != 410 || !opened.contains("token"))
    throw std::runtime_error("the session was not opened but answered " + answer.body);
  token_ = opened["token"];
}

void poll_client::begin_poll() {
  get_.send("GET", at_.path + "?" + at_.query, headers());
}

json poll_client::polled() {
  return json::parse(get_.receive().body);
}

json poll_client::poll() {
  begin_poll();
  return polled();
}

json poll_client::post(std::string_view body, std::string_view content_type) {
  const auto type = "Content-Type: " + std::string{content_type} + "\r\n";
  return json::parse(post_.request("POST", at_.path + "?" + at_.query, headers() + type, body).body);
}

void poll_client::send(const json& frame) {
  if (const auto answer = post(frame.dump()); answer != json{{"status", 200}})
    throw std::runtime_error("the post was answered " + answer.dump());
}

std::string poll_client::join(const std::string& topic, const json& payload) {
  join_ref_ = std::to_string(++refs_);
  send(json::array({join_ref_, join_ref_, topic, "phx_join", payload}));
  if (const auto answer = next(); answer[3] != "phx_reply" || answer[4]["status"] != "ok")
    throw std::runtime_error("the join of " + topic + " was answered " + answer.dump());
  return join_ref_;
}

std::string poll_client::push(const std::string& topic, std::string_view event, const json& payload) {
  auto ref = std::to_string(++refs_);
  send(json::array({join_ref_, ref, topic, event, payload}));
  return ref;
}

json poll_client::next() {
  while (messages_.empty()) {
    const auto answer = poll();
    if (answer["status"] != 200 && answer["status"] != 204)
      throw std::runtime_error("the poll was answered " + answer.dump());
    for (auto& x : answer["messages"])
      messages_.push_back(x);
  }
  auto result = json::parse(messages_.front());
  messages_.pop_front();
  return result;
}

} // namespace bennu::test
