#include "transport/http/request_cycle.hpp"

#include <utility>

#include "transport/http/writer.hpp"

namespace bennu::engine {

request_cycle::request_cycle(limits bounds, request_gate& gate)
  : reader_(bounds.max_header_bytes, bounds.max_body_bytes, &gate), gate_(gate), limits_(bounds) {}

std::optional<request_cycle::task> request_cycle::next() {
  if (task_)
    return std::exchange(task_, std::nullopt);
  if (!is_reading())
    return std::nullopt;
  auto found = reader_.next();
  if (auto* bad = std::get_if<bad_request>(&found)) {
    bad->answer ? refuse(std::move(*bad->answer)) : refuse(bad->status, bad->text);
    return std::exchange(task_, std::nullopt);
  }
  if (auto* request = std::get_if<http_request>(&found)) {
    follow_up_ = reader_.keep_alive() ? follow_up::next_request : follow_up::close;
    head_only_ = request->method == "HEAD";
    request->is_old = reader_.is_old();
    phase_ = phase::serving;
    return hand_over{std::move(*request)};
  }
  if (reader_.in_request())
    phase_ = phase::receiving;
  if (reader_.take_expectation())
    return tell_to_go_on{};
  return std::nullopt;
}

bool request_cycle::answer(http_response response) {
  if (phase_ != phase::serving)
    return false;
  if (response.status < 200 || response.closes || drains_)
    follow_up_ = follow_up::close;
  write(std::move(response));
  return true;
}

void request_cycle::upgrade(std::vector<http_header> headers) {
  follow_up_ = follow_up::websocket;
  task_ = send{http_head({101, std::move(headers), {}}, 0, true), {}};
  phase_ = phase::writing;
}

// The client may still be sending. The rest of the connection cannot be used.
void request_cycle::refuse(http_response response) {
  follow_up_ = follow_up::linger;
  head_only_ = reader_.method() == "HEAD";
  write(std::move(response));
}

void request_cycle::refuse(unsigned status, std::string_view why) {
  auto response = gate_.refusal(reader_.path(), status, why);
  refuse(response ? std::move(*response) : http_response::text(status, std::string{why} + "\n"));
}

void request_cycle::write(http_response response) {
  const bool stays = follow_up_ == follow_up::next_request;
  add_page_headers(response);
  if (stays && reader_.is_old())
    response.headers.emplace_back("Connection", "keep-alive");
  if (stays && limits_.keep_alive_seconds > 0)
    response.headers.emplace_back("Keep-Alive", "timeout=" + std::to_string(limits_.keep_alive_seconds));
  if (response.status < 200 || response.status == 204 || response.status == 304)
    // Responses with these statuses have no body (RFC 9110 §15).
    response.body.clear();
  auto head = http_head(response, response.body.size(), stays, http_date()); // before the body is moved away
  task_ = send{std::move(head), head_only_ ? std::string{} : std::move(response.body)};
  phase_ = phase::writing;
}

void request_cycle::written() {
  switch (follow_up_) {
    case follow_up::next_request:
      if (drains_) // it began when the answer was on its way
        return end({});
      phase_ = phase::resting;
      return;
    case follow_up::close:
      return end({});
    case follow_up::linger:
      phase_ = phase::lingering;
      task_ = linger{};
      return;
    case follow_up::websocket:
      phase_ = phase::ended;
      task_ = leave_http{reader_.take_rest()};
      return;
  }
}

void request_cycle::discarded(size_t bytes) {
  discarded_ += bytes;
  if (discarded_ > 2 * limits_.max_body_bytes)
    end({});
}

void request_cycle::time_is_over() {
  switch (phase_) {
    case phase::receiving:
      return refuse(408, "Request Timeout");
    case phase::writing:
      return end({.limit_hit = true, .forsakes = true});
    default:
      return end({.limit_hit = phase_ == phase::fresh});
  }
}

void request_cycle::drain() {
  drains_ = true;
  if (phase_ == phase::resting)
    end({});
}

// Without a body where errors have no form of their own, since the official client reads one as JSON.
void request_cycle::shed() {
  if (phase_ != phase::receiving)
    return;
  auto response = gate_.refusal(reader_.path(), 503, "there is no memory for this request now")
                    .value_or(http_response{.status = 503});
  response.headers.emplace_back("Retry-After", "1");
  refuse(std::move(response));
}

void request_cycle::end(hang_up how) {
  if (std::exchange(phase_, phase::ended) != phase::ended)
    task_ = how;
}

} // namespace bennu::engine
