#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "transport/cluster/hello.hpp"

namespace bennu::engine {

/// Decides to which nodes this node is connected, and which connections it accepts.
///
/// Two nodes keep one connection. When both dial at the same time, both connections pass through here on both sides,
/// and the node whose name sorts first (`leads`) accepts them one after the other, so that both sides keep the same
/// one. A connection that only one side still has is replaced, because the other side says that it has none.
///
/// A plain value. Thread safety: none.
class cluster_admission {
public:
  cluster_admission(peer self, std::string application)
    : self_(std::move(self)), application_(std::move(application)) {}

  greeting hello() const { return {.who = self_, .application = application_}; }

  /// Whether the other side is this node itself.
  bool is_self(const greeting& hello) const { return hello.who == self_; }

  bool leads(const std::string& peer_name) const { return self_.name < peer_name; }

  /// @returns the reason why the other node is refused, or nothing.
  std::optional<std::string> refusal(const greeting& hello) const;

  /// The part of that reason that may change while the nodes choose a connection: whether another life or node of this
  /// name is connected.
  std::optional<std::string> refusal(const peer& who) const;

  /// Begins to choose a connection to that node.
  /// @returns false when another choice is in progress; try again soon.
  bool begin(const std::string& name) { return choosing_.insert(name).second; }
  void end(const std::string& name) { choosing_.erase(name); }

  /// Whether it is connected.
  bool has(const std::string& name) const { return held_.contains(name); }

  /// Makes this the connection to the node.
  void hold(const peer& who, std::uint64_t connection) { held_[who.name] = {who.incarnation, connection}; }

  /// The connection has ended. Does nothing when it was replaced before.
  void gone(const std::string& name, std::uint64_t connection);

private:
  struct held {
    std::uint64_t incarnation;
    std::uint64_t connection;
  };

  peer self_;
  std::string application_;
  std::map<std::string, held> held_;
  std::set<std::string> choosing_;
};

} // namespace bennu::engine
