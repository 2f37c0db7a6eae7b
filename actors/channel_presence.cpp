#include <bennu/actors/channel_presence.hpp>

#include <caf/actor_cast.hpp>

#include "actors/client/channel_actor.hpp"
#include <bennu/actors/presence.hpp>

namespace bennu {

namespace {

caf::actor handle_of(engine::channel_actor& x) {
  return caf::actor_cast<caf::actor>(&x);
}

} // namespace

std::optional<std::string> channel_presence::track(const std::string& key, const payload& meta) const {
  return all_.track(handle_of(who_), topic_, key, meta, client_);
}

std::optional<std::string> channel_presence::update(const std::string& key, const payload& meta) const {
  return all_.update(
    handle_of(who_), topic_, key, [&](const payload&) { return meta; }, client_);
}

std::optional<std::string> channel_presence::update(const std::string& key,
                                                    const std::function<json(const json&)>& change) const {
  return all_.update(
    handle_of(who_), topic_, key, [&](const payload& old) { return payload(change(old.value())); }, client_);
}

bool channel_presence::untrack(const std::string& key) const {
  return all_.untrack(handle_of(who_), topic_, key, client_);
}

payload channel_presence::list() const {
  return all_.list(topic_, client_);
}

payload channel_presence::get_by_key(const std::string& key) const {
  return all_.get_by_key(topic_, key);
}

size_t channel_presence::count() const {
  return all_.count(topic_);
}

} // namespace bennu
