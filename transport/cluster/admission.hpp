#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "transport/cluster/hello.hpp"

namespace bennu::engine {

/// Which nodes a node is connected with, and whom else it lets in.
///
/// Two nodes keep one connection. When both dial at once, both connections pass through here on both sides, and the node with the smaller
/// name (`leads`) takes them one after the other, so that both sides keep the same one. A connection that only one side still has is
/// replaced: the other side says that it has none.
///
/// Thread safety: none; a value.
class cluster_admission {
public:
  cluster_admission(peer self, std::string application)
    : self_(std::move(self)), application_(std::move(application)) {}

  greeting hello() const { return {.who = self_, .application = application_}; }

  /// Whether it is this very node that dialled itself.
  bool is_self(const greeting& hello) const { return hello.who == self_; }

  bool leads(const std::string& peer_name) const { return self_.name < peer_name; }

  /// Why a node is not let in; nothing when it may be.
  std::optional<std::string> refusal(const greeting& hello) const;

  /// The part of it that may change while a connection is chosen: whether it is another node of a name that is connected.
  std::optional<std::string> refusal(const peer& who) const;

  /// Begins the choice of a connection to that node. @returns false when one is under way: try again soon.
  bool begin(const std::string& name) { return choosing_.insert(name).second; }
  void end(const std::string& name) { choosing_.erase(name); }

  /// Whether there is a connection to it.
  bool has(const std::string& name) const { return held_.contains(name); }

  /// From now on it is this one.
  void hold(const peer& who, std::uint64_t connection) { held_[who.name] = {who.incarnation, connection}; }

  /// A connection is gone; no effect when it was replaced.
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
