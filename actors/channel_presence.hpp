#pragma once

#include <functional>
#include <optional>
#include <string>

#include <caf/actor.hpp>

#include <bennu/actors/presence.hpp>

namespace bennu {

/// Presence on the topic of a channel. What it tracks belongs to the channel and is removed when the channel ends. See
/// `presence` for what the functions do and return. A value that is valid as long as the channel.
///
///     presence().track(user_id, {{"online_at", now}});
///     push("presence_state", presence().list());
class channel_presence {
public:
  channel_presence(presence& all, caf::actor who, const std::string& topic, engine::presence_teller* client)
    : all_(all), who_(std::move(who)), topic_(topic), client_(client) {}

  std::optional<std::string> track(const std::string& key, const payload& meta) const {
    return all_.track(who_, topic_, key, meta, client_);
  }
  std::optional<std::string> update(const std::string& key, const payload& meta) const {
    return all_.update(
      who_, topic_, key, [&](const payload&) { return meta; }, client_);
  }
  std::optional<std::string> track(const std::string& key, const json& meta) const { return track(key, payload(meta)); }
  std::optional<std::string> update(const std::string& key, const json& meta) const {
    return update(key, payload(meta));
  }
  std::optional<std::string> update(const std::string& key, const std::function<json(const json&)>& change) const {
    return all_.update(
      who_, topic_, key, [&](const payload& old) { return payload(change(old.value())); }, client_);
  }
  bool untrack(const std::string& key) const { return all_.untrack(who_, topic_, key, client_); }
  payload list() const { return all_.list(topic_, client_); }
  payload get_by_key(const std::string& key) const { return all_.get_by_key(topic_, key); }
  size_t count() const { return all_.count(topic_); }

private:
  presence& all_;
  caf::actor who_;
  const std::string& topic_;
  engine::presence_teller* client_; ///< may be null
};

} // namespace bennu
