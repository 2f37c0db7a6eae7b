#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/actors/fwd.hpp>
#include <bennu/actors/payload.hpp>
#include <bennu/actors/presence_options.hpp>

namespace bennu {

/// Adds an application's data to presences. The user derives a class from it; a node has one instance.
///
/// When a callback throws, the telemetry event `presence.handler_failed` reports it, and nothing else is affected. If
/// `fetch` throws for a diff, clients receive the diff unchanged. If it throws for `presence::list` or `get_by_key`,
/// their caller gets the exception. Presences that are nested deeper than `payload::max_depth` are not passed to the
/// callbacks; clients receive them unchanged.
///
/// Thread safety: the callbacks run on several threads at once and must not block. Read what a database must supply
/// before the call of `track`.
/// Source: Phoenix.Presence, `fetch/2` and `handle_metas/4`.
class presence_handler {
public:
  virtual ~presence_handler() = default;

  /// Extends presences before clients receive them: a whole topic, one key, or the joins or leaves of a diff.
  /// @returns `presences` with additional members: `{key: {"metas": [...], "user": {...}}, ...}`. Keys and metas must
  /// stay unchanged.
  virtual json fetch(const std::string& topic, json presences);

  /// Called for each diff on every node, after presences joined, left or changed on any node. `difference` is what
  /// clients receive as `presence_diff`. `present` has the current presences, `{key: {"metas": [...]}, ...}`, without
  /// the data of `fetch`.
  virtual void handle_metas(const std::string& topic, const json& difference, const json& present);
};

} // namespace bennu

namespace bennu::engine {
class presence_budget;
class presence_shard;
struct presence_received;
class presence_teller;
struct presence_telling;
} // namespace bennu::engine

namespace bennu {

class presence_handler;

/// How complete this node's copy of another node's presences is.
struct presence_mirror {
  std::string node; ///< the name of the other node
  /// Whether the other node is connected; else its presences leave after `presence_options::grace`.
  bool connected = false;
  uint64_t behind = 0; ///< known changes of the other node that are missing here
  size_t entries = 0;  ///< how many of its presences this node has a copy of

  friend bool operator==(const presence_mirror&, const presence_mirror&) = default;
};

/// Who is present, on all nodes: presences by topic and key.
///
/// An actor tracks itself, or another actor, under a key of a topic (such as a user's id) with a meta, which is a
/// JSON object. A key has one meta for each actor that tracks it, for example one per browser tab. Every meta has a
/// `phx_ref`, and after an update a `phx_ref_prev`. A presence leaves when its actor ends, and when its node has been
/// lost for the grace time.
///
/// Changes reach the subscribers of the topic on this node as the event `presence_diff`, `{"joins": {...}, "leaves":
/// {...}}`: one message per window (`presence_options`), or more when a presence that joined within it leaves or is
/// updated. `list` returns Phoenix's `presence_state`; it contains the presences of this node immediately, those of
/// other nodes a moment later. After lost messages, partitions and restarts the nodes converge.
///
/// No client counts a presence twice, whether it evaluates refs or not. A change that a channel makes to its own
/// presence reaches its client immediately, before the channel's next push. When a channel pushes the result of `list`
/// as `presence_state`, its client then receives only changes that came after that list. This holds for
/// `channel::presence()`, in a channel that does not intercept `presence_diff`.
///
/// Thread safety: any thread and any actor may call it; no call waits for another actor.
/// Source: Phoenix.Presence and Phoenix.Tracker.
class presence {
public:
  /// @param incarnation a number that no other life of this node has; the node passes its own
  presence(uint64_t incarnation, const presence_options& options);
  ~presence();

  /// Tracks `who` under `key` until it is untracked or ends.
  /// @returns the `phx_ref`; nothing when `who` tracks this key of this topic already, or when the node has no room for
  /// another presence (`presence_limits`), which `limit.hit` reports.
  /// @throws std::invalid_argument, and tracks nothing, when `key` is not UTF-8, has control characters or more than
  /// `max_presence_key_bytes`; when `topic` is not UTF-8 or has more than `max_presence_topic_bytes`; when `meta` is
  /// not a JSON object or has more than `max_presence_meta_bytes`. The error says which.
  std::optional<std::string> track(const caf::actor& who, const std::string& topic, const std::string& key,
                                   const payload& meta);
  std::optional<std::string> track(const caf::actor& who, const std::string& topic, const std::string& key,
                                   const json& meta) {
    return track(who, topic, key, payload(meta));
  }

  /// Replaces the meta.
  /// @returns the new `phx_ref`; nothing when `who` does not track this key, or when there is no room for the larger
  /// meta.
  /// @throws std::invalid_argument, and changes nothing, when `track` would refuse `meta`.
  std::optional<std::string> update(const caf::actor& who, const std::string& topic, const std::string& key,
                                    const payload& meta);
  std::optional<std::string> update(const caf::actor& who, const std::string& topic, const std::string& key,
                                    const json& meta) {
    return update(who, topic, key, payload(meta));
  }

  /// Replaces the meta by the result of `change`, which is called immediately and under a lock: it must be short and
  /// must not use presence. An exception of `change` reaches the caller and changes nothing. @returns, and throws, as
  /// the functions above; it also throws std::invalid_argument when the current meta is nested deeper than
  /// `payload::max_depth`.
  std::optional<std::string> update(const caf::actor& who, const std::string& topic, const std::string& key,
                                    const std::function<json(const json&)>& change);

  /// Removes one presence of `who`.
  /// @returns false when `who` does not track this key.
  bool untrack(const caf::actor& who, const std::string& topic, const std::string& key);

  /// Removes all presences of `who` in all topics.
  void untrack(const caf::actor& who);

  /// All presences of a topic: `{key: {"metas": [...]}, ...}`; `{}` when there are none. The data of
  /// `presence_handler::fetch` is included.
  payload list(const std::string& topic) const;

  /// The presences under one key: `{"metas": [...]}`; `{}` when there are none.
  payload get_by_key(const std::string& topic, const std::string& key) const;

  /// How many presences (metas, not keys) a topic has.
  size_t count(std::string_view topic) const;

  /// How complete this node's copies of the other nodes' presences are, by name.
  std::vector<presence_mirror> mirrors() const;

  /// Sets the handler of the application. REQUIRES: the supervision tree has not started.
  void handle_with(std::shared_ptr<presence_handler> x) { handler_ = std::move(x); }

  // -- for channels: the same as above, for whose client `client` stands; it may be null ------------

  /// As `track` above, for a channel, for whose client `client` stands; it may be null.
  std::optional<std::string> track(const caf::actor& who, const std::string& topic, const std::string& key,
                                   const payload& meta, engine::presence_teller* client);
  /// As `update` above, for a channel.
  std::optional<std::string> update(const caf::actor& who, const std::string& topic, const std::string& key,
                                    const std::function<payload(const payload&)>& change,
                                    engine::presence_teller* client);
  /// As `untrack` above, for a channel.
  bool untrack(const caf::actor& who, const std::string& topic, const std::string& key,
               engine::presence_teller* client);
  /// As `list` above, for a channel; from here on its client receives only changes that came after the list.
  payload list(const std::string& topic, engine::presence_teller* client);

  // -- for the node -------------------------------------------------------------

  /// The handler of the application, or null.
  const std::shared_ptr<presence_handler>& handler() const noexcept { return handler_; }

  /// The actor that currently serves a topic.
  caf::actor actor_of(std::string_view topic) const;

  /// The hub of the node has changed.
  void meet(const caf::actor& hub);

  /// A message of another node to one shard. It is dropped when there is no such shard.
  void receive(size_t shard, engine::presence_received x);

  /// For Bennu's engines: the parts among which the topics are divided, the same on all nodes.
  const auto& shards() const noexcept { return shards_; }

private:
  // The same number on all nodes, because a topic's shard must be the same everywhere: part of the wire format. 8: more
  // than one core's worth of locks, few enough to say hello for.
  static constexpr size_t shard_count = 8;

  engine::presence_shard& shard_of(std::string_view topic) const;
  void tell(const caf::actor& who, const std::string& topic, engine::presence_telling& what,
            engine::presence_teller* client) const;

  std::unique_ptr<engine::presence_budget> budget_;
  std::array<std::unique_ptr<engine::presence_shard>, shard_count> shards_;
  std::shared_ptr<presence_handler> handler_;
};

} // namespace bennu

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
  /// For Bennu's engines: `channel::presence` makes it.
  channel_presence(presence& all, engine::channel_actor& who, const std::string& topic,
                   engine::presence_teller* client) noexcept
    : all_(all), who_(who), topic_(topic), client_(client) {}

  /// Tracks the channel under `key`. @returns the `phx_ref`; nothing when it tracks the key already, or there is no
  /// room.
  /// @throws std::invalid_argument as `presence::track` does.
  std::optional<std::string> track(const std::string& key, const payload& meta) const;
  /// Replaces the meta. @returns the new `phx_ref`; nothing when the channel does not track the key, or there is no
  /// room.
  /// @throws std::invalid_argument as `presence::update` does.
  std::optional<std::string> update(const std::string& key, const payload& meta) const;
  /// The same with a braced list: `track(user_id, {{"online_at", now}})`.
  std::optional<std::string> track(const std::string& key, const json& meta) const { return track(key, payload(meta)); }
  /// The same with a braced list.
  std::optional<std::string> update(const std::string& key, const json& meta) const {
    return update(key, payload(meta));
  }
  /// Replaces the meta by the result of `change`, as `presence::update` does: it must be short and must not use
  /// presence.
  std::optional<std::string> update(const std::string& key, const std::function<json(const json&)>& change) const;
  /// Removes one presence of the channel. @returns false when it does not track the key.
  bool untrack(const std::string& key) const;
  /// All presences of the channel's topic, for `push("presence_state", …)`.
  payload list() const;
  /// The presences under one key of the topic: `{"metas": [...]}`; `{}` when there are none.
  payload get_by_key(const std::string& key) const;
  /// How many presences (metas, not keys) the topic has.
  size_t count() const;

private:
  presence& all_;
  engine::channel_actor& who_;
  const std::string& topic_;
  engine::presence_teller* client_; ///< may be null
};

} // namespace bennu
