#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <caf/intrusive_ptr.hpp>

#include "actors/pubsub/subscriber_table.hpp"
#include <bennu/actors/checked_text.hpp>
#include <bennu/actors/fwd.hpp>

namespace bennu::engine {

/// The rule for the topic of a client's subscription. 1 KiB: the names that GraphQL servers give their subscriptions
/// are shorter, and binary frames hold 255 bytes. Control characters are allowed, as in all topics of `pubsub`.
inline constexpr text_rule subscribed_topic_rule{
  .name = "the topic of a subscription", .max_bytes = 1024, .may_have_controls = true};

/// The topics, besides the topic of its join, whose broadcasts one client receives because its channel asked for
/// that. A broadcast goes from the table of the io unit to the session, in the frame that all subscribers share.
///
/// Until `begin` the topics are only remembered: the client is not joined yet. `end` removes them from the table.
/// REQUIRES: `end` is called before this object is destroyed, if `begin` was; the connection outlives it.
/// Source: Phoenix.Endpoint, `subscribe/2` with the metadata `fastlane`.
///
/// Thread safety: none; it belongs to the io unit of its connection.
class client_subscriptions {
public:
  explicit client_subscriptions(connection& of) noexcept;
  client_subscriptions(const client_subscriptions&) = delete;
  client_subscriptions& operator=(const client_subscriptions&) = delete;

  /// @param max how many topics there may be
  /// @returns false when there are so many already; true when the topic is one of them now or was before.
  bool add(std::string_view topic, size_t max);

  /// @returns whether the topic was one of them.
  bool remove(std::string_view topic);

  /// The client is joined: from now on it receives the broadcasts. Idempotent.
  void begin();

  /// The client is no longer joined: it receives nothing more, and no topic is remembered. Idempotent.
  void end();

  /// All topics, sorted.
  std::vector<std::string> topics() const;

private:
  class one;

  connection& client_;
  subscriber_table& table_;
  bool has_begun_ = false;
  std::map<std::string, caf::intrusive_ptr<subscriber>, std::less<>> all_;
};

} // namespace bennu::engine
