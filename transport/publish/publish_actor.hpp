#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>

#include "actors/cluster/calls/node_calls.hpp"
#include "supervision/lookup/current_actor.hpp"
#include "transport/publish/api_request.hpp"
#include "transport/publish/commands.hpp"
#include "transport/publish/idempotency.hpp"
#include "transport/publish/node_messages.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

struct node_parts;

/// What the actor of the API uses. It outlives the actor.
struct publish_parts {
  node_parts& node;
  current_actor& current; ///< holds the actor that runs now
  idempotency_table& known;
};

/// A message to the actor: the API of another node asks.
struct api_asked {
  using local_message = void;
  std::string body;
  node_calls::give_answer answer;
};

/// A message to the actor: the hub of the node has started.
struct api_new_hub {
  using local_message = void;
  caf::actor hub;
};

/// A request with an idempotency key on its way.
struct keyed_publish {
  api_request_ptr request;
  std::vector<publish_command> messages;
  digest key{};
  digest body{};
  std::chrono::steady_clock::time_point asked_at{};
  int tries = 0;
};

using keyed_publish_ptr = std::shared_ptr<keyed_publish>;

/// A message to the actor: what the node that decides about a key says. Nothing: it did not answer.
struct api_decided {
  using local_message = void;
  keyed_publish_ptr what;
  std::optional<idempotency_table::verdict> with;
};

/// A message to the actor: another node has the API, too.
struct api_node_has_api {
  using local_message = void;
  peer who;
};

/// A message to the actor: the topics are counted.
struct api_counted {
  using local_message = void;
};

/// A message to the actor: find out who may carry it out.
struct api_undecided {
  using local_message = void;
  keyed_publish_ptr what;
};

/// A message to the actor: the first of those that wait for another try may try again.
struct api_retry_due {
  using local_message = void;
};

/// Answers the requests of the publish API, one after another and in the order in which they arrive.
///
/// A request with an idempotency key is carried out by leave of one node, which decides about this key: the one with
/// the highest hash of its name and the key among the live nodes (rendezvous hashing). So of two requests that race
/// through two nodes one is carried out. Afterwards all nodes are told, and only then the request is answered. So any
/// node can answer a repetition, also when the one that has carried it out is dead. A node that connects is told all
/// that is known.
///
/// - The node that decides dies: the next one by hash decides, which knows what was done.
/// - The node that carries a request out dies before it has told the others: they repeat it when it is sent again.
/// - Nodes that are cut off from each other each have one that decides, so that a request may be carried out on both
///   sides.
///
/// Accepts `api_requested`, `api_asked`, `api_new_hub`, `api_decided`, and from the hub `link_up` and `link_down`.
/// Started by the supervisor of the API, `permanent`. When it ends, the requests that wait are answered 503; what was
/// done remains known. Thread safety: as any actor.
class publish_actor : public process {
public:
  publish_actor(caf::actor_config& config, const publish_parts& parts);
  std::string label() const override;
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void handle(const api_request_ptr& x);
  void publish(const api_request_ptr& x);
  void tell_presence(const api_request_ptr& x);
  void disconnect(const api_request_ptr& x);
  void broadcast(std::vector<publish_command>& messages);

  // publish_actor.keys.cpp: requests with idempotency keys
  void begin(const keyed_publish_ptr& x);
  void decide(const keyed_publish_ptr& x);
  void decided(const keyed_publish_ptr& x, const std::optional<idempotency_table::verdict>& with);
  void carry_out(const keyed_publish_ptr& x);
  void finish(const keyed_publish_ptr& x, std::optional<http_response> answer);
  peer decider_of(const digest& key) const;
  void settle();
  void tick_later();

  // publish_actor.nodes.cpp: other nodes, and topics on all of them
  void attend(const caf::actor& hub);
  void up(const peer& who);
  void down(const peer& who);
  void tell(const peer& whom, std::vector<idempotency_table::record> list, std::shared_ptr<void> until);
  void has_api(const peer& who);
  void asked(const api_asked& x);
  void asked(const api_claim& x, const node_calls::give_answer& answer);
  void count_topics(const api_request_ptr& x);
  void count_next();

  struct other_node {
    peer who;
    bool has_api = false; ///< it has answered, or asked
  };

  const publish_parts parts_;
  node_parts& node_;
  std::map<std::string, other_node> nodes_;
  std::map<uint64_t, std::function<void(idempotency_table::verdict)>> undecided_; ///< claims that wait, by number
  uint64_t last_claim_ = 0;
  std::map<digest, std::deque<keyed_publish_ptr>> running_; ///< by key: those that wait for one of this node
  std::deque<keyed_publish_ptr> retries_;                   ///< they are decided again, each after the same time
  bool ticks_ = false;
  std::deque<api_request_ptr> counts_; ///< the first one runs
};

} // namespace bennu::engine
