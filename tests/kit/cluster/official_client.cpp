#include "tests/kit/cluster/official_client.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bennu::engine {

using json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using phase = official_channel::phase;

namespace {

constexpr milliseconds push_timeout = seconds{10};
constexpr milliseconds heartbeat_interval = seconds{30};

// The n-th of a row of waits, or the last one for all later tries.
template <size_t N>
milliseconds wait_of(const std::array<int, N>& row, size_t tries) {
  return milliseconds{row[std::min(tries, N - 1)]};
}

constexpr std::array dial_waits{10, 50, 100, 150, 200, 250, 500, 1000, 2000, 5000};
constexpr std::array rejoin_waits{1000, 2000, 5000, 10'000};

} // namespace

// -- the connection -------------------------------------------------------------

void official_client::connect() {
  wants_connection_ = true;
  around_.dial();
}

void official_client::disconnect() {
  wants_connection_ = false;
  dial_timer_ = heartbeat_timer_ = 0;
  is_open_ = false;
  around_.hang_up();
  fail_channels();
}

void official_client::opened() {
  is_open_ = true;
  ++connections_;
  dial_tries_ = 0;
  around_.note("is connected");
  for (auto& text : std::exchange(unsent_, {}))
    around_.send(std::move(text));
  heartbeat_ref_.clear();
  beat_later();
  const auto all = channels_; // a join may change the list
  for (const auto& x : all) {
    x->rejoin_tries = 0;
    x->rejoin_timer = 0;
    if (x->now == phase::errored)
      rejoin(x);
  }
}

void official_client::closed(uint16_t code) {
  if (is_open_)
    around_.note("is disconnected, code " + std::to_string(code));
  is_open_ = false;
  heartbeat_timer_ = 0;
  fail_channels();
  if (wants_connection_ && code != 1000)
    dial_later();
}

void official_client::dial_later() {
  const auto mine = dial_timer_ = ++last_timer_;
  around_.after(wait_of(dial_waits, dial_tries_), [this, mine] {
    if (dial_timer_ != mine)
      return;
    ++dial_tries_;
    around_.dial();
  });
}

void official_client::fail_channels() {
  const auto all = channels_;
  for (const auto& x : all)
    if (x->now == phase::joining || x->now == phase::joined)
      failed(x);
}

void official_client::beat_later() {
  const auto mine = heartbeat_timer_ = ++last_timer_;
  around_.after(heartbeat_interval, [this, mine] {
    if (heartbeat_timer_ == mine)
      beat();
  });
}

void official_client::beat() {
  if (!heartbeat_ref_.empty()) { // the last one was not answered
    around_.note("gives the connection up: no answer to its heartbeat");
    heartbeat_ref_.clear();
    heartbeat_timer_ = 0;
    is_open_ = false;
    around_.hang_up();
    fail_channels();
    return dial_later();
  }
  official_push beat;
  beat.topic = "phoenix";
  beat.event = "heartbeat";
  beat.payload = json::object();
  beat.ref = heartbeat_ref_ = std::to_string(++last_ref_);
  write({}, beat);
  beat_later(); // when it is answered, the wait begins anew
}

// -- channels -------------------------------------------------------------------

official_channel_ptr official_client::channel(const std::string& topic, json params) {
  auto result = std::make_shared<official_channel>();
  result->topic = topic;
  result->params = std::move(params);
  channels_.push_back(result);
  rejoin(result);
  return result;
}

void official_client::rejoin(const official_channel_ptr& x) {
  const auto all = channels_; // of two channels of one topic the former leaves
  for (const auto& other : all)
    if (other != x && other->topic == x->topic && (other->now == phase::joined || other->now == phase::joining))
      leave(other);
  send_join(x);
}

void official_client::send_join(const official_channel_ptr& x) {
  x->now = phase::joining;
  if (x->join)
    unanswered_.erase(x->join->ref);
  x->join = std::make_shared<official_push>();
  x->join->topic = x->topic;
  x->join->event = "phx_join";
  x->join->payload = x->params;
  if (!x->position.empty() && x->params.is_object())
    x->join->payload["since"] = x->position;
  start_timeout(x->join, [this, x] {
    write_leave(*x);
    x->join->ref.clear(); // from here on it drops what carries a join_ref
    x->now = phase::errored;
    if (is_open_)
      rejoin_later(x);
  });
  write(x->join->ref, *x->join);
}

void official_client::join_answered(const official_channel_ptr& x, const received_message& reply) {
  x->join->response = reply.payload.at("response");
  x->join->status = reply.payload.at("status").get<std::string>();
  x->join->timer = 0;
  if (x->join->status == "ok") {
    around_.note("joined " + x->topic);
    x->now = phase::joined;
    ++x->joins;
    x->position = position_in(reply);
    x->is_recovered = !x->position.empty() && x->join->response.at("history").at("recovered") == true;
    x->rejoin_tries = 0;
    x->rejoin_timer = 0;
    for (const auto& waiting : std::exchange(x->waiting, {}))
      if (waiting->status != "timeout")
        push_now(x, waiting);
    return;
  }
  x->now = phase::errored;
  if (is_open_)
    rejoin_later(x);
}

void official_client::rejoin_later(const official_channel_ptr& x) {
  const auto mine = x->rejoin_timer = ++last_timer_;
  around_.after(wait_of(rejoin_waits, x->rejoin_tries), [this, mine, x] {
    if (x->rejoin_timer != mine)
      return;
    ++x->rejoin_tries;
    if (is_open_)
      rejoin(x);
  });
}

void official_client::failed(const official_channel_ptr& x) {
  if (x->now == phase::joining && x->join) {
    unanswered_.erase(x->join->ref);
    x->join->ref.clear();
    x->join->timer = 0;
  }
  x->now = phase::errored;
  if (is_open_)
    rejoin_later(x);
}

// The official client sets its state to leaving before it asks whether it can push. So it never waits for the reply:
// the channel is closed at once.
void official_client::leave(const official_channel_ptr& x) {
  x->rejoin_timer = 0;
  if (x->join)
    x->join->timer = 0;
  write_leave(*x);
  x->now = phase::closed;
  std::erase(channels_, x);
}

void official_client::write_leave(const official_channel& x) {
  official_push leaving;
  leaving.topic = x.topic;
  leaving.event = "phx_leave";
  leaving.payload = json::object();
  leaving.ref = std::to_string(++last_ref_);
  write(x.join ? x.join->ref : std::string{}, leaving);
}

// -- pushes ---------------------------------------------------------------------

bool official_client::can_push(const official_channel& x) const noexcept {
  return is_open_ && x.now == phase::joined;
}

official_push_ptr official_client::push(const official_channel_ptr& to, const std::string& event, json payload) {
  auto result = std::make_shared<official_push>();
  result->topic = to->topic;
  result->event = event;
  result->payload = std::move(payload);
  if (can_push(*to)) {
    push_now(to, result);
  } else {
    start_timeout(result, [] {});
    to->waiting.push_back(result);
  }
  return result;
}

void official_client::push_now(const official_channel_ptr& x, const official_push_ptr& what) {
  start_timeout(what, [] {});
  write(x->join->ref, *what);
}

void official_client::start_timeout(const official_push_ptr& x, std::function<void()> then) {
  unanswered_.erase(x->ref);
  x->ref = std::to_string(++last_ref_);
  unanswered_[x->ref] = x;
  const auto mine = x->timer = ++last_timer_;
  around_.after(push_timeout, [this, x, mine, then = std::move(then)] {
    if (x->timer != mine)
      return;
    x->status = "timeout";
    unanswered_.erase(x->ref);
    then();
  });
}

void official_client::write(const std::string& join_ref, const official_push& x) {
  const auto join_field = join_ref.empty() ? json(nullptr) : json(join_ref);
  auto text = json::array({join_field, x.ref, x.topic, x.event, x.payload}).dump();
  if (is_open_)
    around_.send(std::move(text));
  else
    unsent_.push_back(std::move(text));
}

// -- what arrives ---------------------------------------------------------------

void official_client::received(const received_message& x) {
  if (x.event == "phx_reply" && x.ref.is_string() && !answered_.insert(x.ref.get<std::string>()).second)
    around_.violated("got a second reply to ref " + x.ref.get<std::string>() + " on " + x.topic);
  if (x.ref.is_string() && x.ref == heartbeat_ref_ && x.topic == "phoenix")
    return heartbeat_ref_.clear(), beat_later();
  bool is_ours = false; // what comes for a channel that was left is dropped
  const auto all = channels_;
  for (const auto& channel : all) {
    if (channel->topic != x.topic || !channel->join)
      continue;
    if (x.join_ref.is_string() && x.join_ref != channel->join->ref)
      continue; // of an earlier join
    is_ours = true;
    if (x.event == "phx_reply") {
      if (x.ref == channel->join->ref && channel->now == phase::joining)
        join_answered(channel, x);
    } else if (x.event == "phx_error") {
      failed(channel);
    } else if (x.event == "phx_close") {
      channel->rejoin_timer = 0;
      channel->now = phase::closed;
      std::erase(channels_, channel);
    } else {
      take(*channel, x);
    }
  }
  if (is_ours && x.event == "phx_reply")
    answered(x);
}

void official_client::take(official_channel& on, const received_message& x) {
  if (!on.position.empty() && on.now != phase::joined)
    return; // the rejoin brings it again
  if (auto position = position_in(x); !position.empty())
    on.position = std::move(position);
  on.received[x.event].push_back(x.payload);
}

void official_client::answered(const received_message& x) {
  if (!x.ref.is_string())
    return;
  const auto found = unanswered_.extract(x.ref.get<std::string>());
  if (found.empty() || found.mapped()->event == "phx_join")
    return;
  auto& push = *found.mapped();
  push.timer = 0;
  push.status = x.payload.at("status").get<std::string>();
  push.response = x.payload.at("response");
}

} // namespace bennu::engine
