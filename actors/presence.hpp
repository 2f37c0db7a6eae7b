#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>

#include <bennu/actors/payload.hpp>
#include <bennu/actors/presence_options.hpp>

namespace bennu::engine {
class presence_shard;
struct presence_received;
} // namespace bennu::engine

namespace bennu {

class presence_handler;

/// How far a mirror of another node's presences is.
struct presence_mirror {
  std::string node;
  bool connected = false;
  uint64_t behind = 0; ///< changes that the node is known to have made and that are not here; 0: nothing is missing
  size_t entries = 0;

  friend bool operator==(const presence_mirror&, const presence_mirror&) = default;
};

/// Who is here, on all nodes: presences by topic and key. Source: Phoenix.Presence and Phoenix.Tracker.
///
/// An actor tracks itself, or another, under a key (a user's id, say) of a topic with a meta, a JSON object. A key has as many metas as
/// there are actors under it: one a tab. Every meta carries a `phx_ref`, and after an update a `phx_ref_prev`. What an actor tracks
/// leaves when the actor ends, and when its node is lost for the grace time.
///
/// Changes reach this node's subscribers of the topic as the event `presence_diff`, `{"joins": {...}, "leaves": {...}}`, one message for
/// each window (`presence_options`), or more where a presence that joined in it leaves or is updated; what `list` gives is Phoenix's
/// `presence_state`. What this node tracks is there for `list` at once, what others track a moment later.
///
/// Thread safety: any thread, any actor; no call waits for another actor.
class presence {
public:
  presence(uint64_t incarnation, const presence_options& options);
  ~presence();

  /// @returns the `phx_ref`; nothing when `who` tracks this key of this topic already.
  /// @throws std::invalid_argument, and tracks nothing, if `key` is not UTF-8, has control characters or more than
  ///         `max_presence_key_bytes`; if `topic` is not UTF-8 or has more than `max_presence_topic_bytes`; if `meta` is not a JSON object or
  ///         has more than `max_presence_meta_bytes`. The error says which.
  std::optional<std::string> track(const caf::actor& who, const std::string& topic, const std::string& key,
                                   const payload& meta);
  std::optional<std::string> track(const caf::actor& who, const std::string& topic, const std::string& key,
                                   const json& meta) {
    return track(who, topic, key, payload(meta));
  }

  /// Replaces the meta. @returns the new `phx_ref`; nothing when `who` does not track this key.
  /// @throws std::invalid_argument, and changes nothing, if `meta` is not one that `track` takes.
  std::optional<std::string> update(const caf::actor& who, const std::string& topic, const std::string& key,
                                    const payload& meta);
  std::optional<std::string> update(const caf::actor& who, const std::string& topic, const std::string& key,
                                    const json& meta) {
    return update(who, topic, key, payload(meta));
  }

  /// Replaces the meta by what `change` makes of it. `change` is called at once, and must call nothing of presence.
  std::optional<std::string> update(const caf::actor& who, const std::string& topic, const std::string& key,
                                    const std::function<json(const json&)>& change);

  /// @returns false when `who` does not track this key.
  bool untrack(const caf::actor& who, const std::string& topic, const std::string& key);

  /// Everything that `who` tracks, in all topics.
  void untrack(const caf::actor& who);

  /// `{key: {"metas": [...]}, ...}`; `{}` when nobody is there.
  payload list(const std::string& topic) const;

  /// `{"metas": [...]}`; `{}` when the key is not there.
  payload get_by_key(const std::string& topic, const std::string& key) const;

  /// How many presences (metas, not keys) a topic has.
  size_t count(std::string_view topic) const;

  /// How far this node's knowledge of every other node's presences is, by name.
  std::vector<presence_mirror> mirrors() const;

  /// What the application adds to presences. To be called before the tree starts.
  void handle_with(std::shared_ptr<presence_handler> x) { handler_ = std::move(x); }

  // -- for the node -------------------------------------------------------------

  const std::shared_ptr<presence_handler>& handler() const noexcept { return handler_; }

  /// The actor that serves a topic now.
  caf::actor actor_of(std::string_view topic) const;

  /// The node's hub is another one now.
  void meet(const caf::actor& hub);

  /// What another node says to one shard; nobody takes it if there is no such shard.
  void receive(size_t shard, engine::presence_received x);

  const auto& shards() const noexcept { return shards_; }

private:
  // The same number on all nodes, because a topic's shard must be the same everywhere: part of the wire format. 8: more than one
  // core's worth of locks, few enough to say hello for.
  static constexpr size_t shard_count = 8;

  engine::presence_shard& shard_of(std::string_view topic) const;

  std::array<std::unique_ptr<engine::presence_shard>, shard_count> shards_;
  std::shared_ptr<presence_handler> handler_;
};

} // namespace bennu
