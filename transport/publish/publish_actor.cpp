#include "transport/publish/publish_actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/node/node_parts.hpp"

namespace bennu::engine {

struct api_tick {
  using local_message = void;
};

publish_actor::publish_actor(caf::actor_config& config, const publish_parts& parts)
  : process(config), parts_(parts), node_(parts.node) {}

std::string publish_actor::label() const {
  return "publisher";
}

// After each handler the sockets of the unit have their turn.
caf::resumable::resume_result publish_actor::resume(caf::execution_unit* host, size_t) {
  return process::resume(host, 1);
}

caf::behavior publish_actor::make_behavior() {
  started_ = clock().now();
  parts_.known.restart(node_.self().name);
  attend(node_.hub.get());
  tick_later();
  return {
    [this](const api_requested& x) { guarded(x.request, [&] { handle(x.request); }); },
    [this](api_go_on) { go_on(); },
    [this](const api_asked& x) { asked(x); },
    [this](const api_decided& x) { decided(x.what, x.with); },
    [this](const api_undecided& x) { decide(x.what); },
    [this](api_retry_due) {
      const auto next = std::move(retries_.front());
      retries_.pop_front();
      decide(next);
    },
    [this](const api_greeted& x) { greeted(x); },
    [this](const api_greet_due& x) { greet(x.who); },
    [this](const api_told& x) { told(x); },
    [this](const api_new_hub& x) { attend(x.hub); },
    [this](const link_up& x) { up(x.who); },
    [this](const link_down& x) { down(x.who); },
    [this](api_tick) { tick(); },
    [this](api_counted) {
      if (!counts_.empty())
        counts_.pop_front();
      count_next();
    },
  };
}

// Their requests are answered now, not when the last handle of this actor is gone.
void publish_actor::on_exit() {
  long_requests_.clear();
  broadcasts_.clear();
  undecided_.clear();
  running_.clear();
  retries_.clear();
  counts_.clear();
}

void publish_actor::tick() {
  ticks_ = false;
  parts_.known.expire(clock().now());
  settle();
  tell_next();
  tick_later();
}

void publish_actor::tick_later() {
  const bool has_to_tell = std::any_of(nodes_.begin(), nodes_.end(), [](const auto& x) {
    return x.second.has_api && (x.second.awaits_end || !x.second.untold.empty());
  });
  if ((has_to_tell || !parts_.known.empty()) && !std::exchange(ticks_, true))
    delayed_send(this, std::chrono::seconds{1}, api_tick{});
}

void publish_actor::handle(const api_request_ptr& x) {
  switch (x->what) {
    case api_action::publish:
      return publish(x);
    case api_action::presence:
      return tell_presence(x);
    case api_action::disconnect:
      return disconnect(x);
    case api_action::topics:
      return count_topics(x);
  }
}

void publish_actor::tell_presence(const api_request_ptr& x) {
  auto read = read_presence(x->in.query, *x->by);
  if (auto* refused = std::get_if<http_response>(&read))
    return x->answer(std::move(*refused));
  x->answer(api_answer(200, std::string{node_.presences.list(std::get<std::string>(read)).bytes()}));
}

void publish_actor::disconnect(const api_request_ptr& x) {
  auto read = read_disconnect(x->in.body, *x->by);
  if (auto* refused = std::get_if<http_response>(&read))
    return x->answer(std::move(*refused));
  auto& id = std::get<std::string>(read);
  if (parts_.is_channel_topic && parts_.is_channel_topic(id))
    return x->answer(api_error(422, "this is a topic of a channel, not the id of a socket: see socket::id"));
  node_.topics.broadcast(std::move(id), "disconnect", {});
  x->answer(api_answer(202, "{}"));
}

} // namespace bennu::engine
