#include "tests/wire/poll_client.hpp"

#include <stdexcept>
#include <utility>

#include "tests/wire/probe_process.hpp"

namespace bennu::test {

namespace {

place place_of(const poll_door& at) {
  return at.port.port != 0 || !at.port.unix_path.empty() ? at.port : place{shared_probe_port()};
}

} // namespace

poll_client::poll_client(poll_door at) : at_(std::move(at)), get_(place_of(at_)), post_(place_of(at_)) {
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

void poll_client::send(std::string_view message) {
  if (const auto answer = post(message); answer != json{{"status", 200}})
    throw std::runtime_error("the post was answered " + answer.dump());
}

std::string poll_client::next() {
  for (int polls = 0; messages_.empty(); ++polls) {
    if (polls == 3)
      throw std::runtime_error("nothing came in three polls");
    const auto answer = poll();
    if (answer["status"] != 200 && answer["status"] != 204)
      throw std::runtime_error("the poll was answered " + answer.dump());
    for (auto& x : answer["messages"])
      messages_.push_back(x);
  }
  auto result = std::move(messages_.front());
  messages_.pop_front();
  return result;
}

} // namespace bennu::test
