#pragma once

#include <functional>
#include <optional>
#include <string>

#include <bennu/actors/fwd.hpp>
#include <bennu/actors/payload.hpp>

namespace bennu::engine {
class presence_teller;
} // namespace bennu::engine

namespace bennu {

class presence;

/// Presence on the topic of a channel. What it tracks belongs to the channel and is removed when the channel ends. See
/// `presence` for what the functions do and return. A value that is valid as long as the channel.
///
///     presence().track(user_id, {{"online_at", now}});
///     push("presence_state", presence().list());
class channel_presence {
public:
  channel_presence(presence& all, engine::channel_actor& who, const std::string& topic,
                   engine::presence_teller* client) noexcept
    : all_(all), who_(who), topic_(topic), client_(client) {}

  std::optional<std::string> track(const std::string& key, const payload& meta) const;
  std::optional<std::string> update(const std::string& key, const payload& meta) const;
  std::optional<std::string> track(const std::string& key, const json& meta) const { return track(key, payload(meta)); }
  std::optional<std::string> update(const std::string& key, const json& meta) const {
    return update(key, payload(meta));
  }
  std::optional<std::string> update(const std::string& key, const std::function<json(const json&)>& change) const;
  bool untrack(const std::string& key) const;
  payload list() const;
  payload get_by_key(const std::string& key) const;
  size_t count() const;

private:
  presence& all_;
  engine::channel_actor& who_;
  const std::string& topic_;
  engine::presence_teller* client_; ///< may be null
};

} // namespace bennu
