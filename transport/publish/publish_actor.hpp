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
  std::chrono::steady_clock::time_point since{};
  std::chrono::steady_clock::time_point asked_at{};
  int tries = 0;
  bool is_over = false; ///< it was answered, or will be when the other nodes know of it
};

using keyed_publish_ptr = std::shared_ptr<keyed_publish>;

/// A message to the actor: what the node that decides about a key says. Nothing: it did not answer.
struct api_decided {
  using local_message = void;
  keyed_publish_ptr what;
  std::optional<idempotency_table::verdict> with;
};

/// A message to the actor: another node was asked whether it has the API. It has, or it did not answer.
struct api_greeted {
  using local_message = void;
  peer who;
  bool has_api = false;
};

/// A message to the actor: ask again whether another node has the API.
struct api_greet_due {
  using local_message = void;
  peer who;
};

/// A message to the actor: another node has answered that it knows what was done with these keys; or it has not.
struct api_told {
  using local_message = void;
  peer who;
  std::vector<digest> keys;
  bool is_batch = false; ///< one of those that bring everything, of which one is on its way at a time
  bool is_end = false;   ///< it was the last one of them
  bool is_kept = false;
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
/// that is known, and a node that does not acknowledge what it was told is told again. After its start this actor
/// carries out no request with a key before the connected nodes have told it what they know, or do not answer.
///
/// - The node that decides dies: the next one by hash decides, which knows what was done.
/// - The node that carries a request out dies before it has told the others: they repeat it when it is sent again.
/// - Nodes that are cut off from each other each have one that decides, so that a request may be carried out on both
///   sides.
///
/// Accepts `api_requested`, `api_asked`, `api_new_hub`, `api_decided`, and from the hub `link_up` and `link_down`.
/// Started by the supervisor of the API, `permanent`. A request whose handler throws is answered 500. When the actor
/// ends, the requests that wait are answered 503; what was done remains known. It handles one message, then others have
/// their turn on its io unit. Thread safety: as any actor.
class publish_actor : public process {
public:
  publish_actor(caf::actor_config& config, const publish_parts& parts);
  std::string label() const override;
  void on_exit() override;
  resume_result resume(caf::execution_unit* host, size_t max_throughput) override;

protected:
  caf::behavior make_behavior() override;

private:
  struct other_node {
    peer who;
    bool has_api = false;            ///< it has answered, or asked
    bool is_silent = false;          ///< it was asked and has not answered
    bool has_told_all = false;       ///< it has told this node all keys that it knows
    bool awaits_end = false;         ///< it has not acknowledged yet that it was told everything
    bool is_being_told = false;      ///< a batch is on its way
    std::vector<digest> untold = {}; ///< what it must be told, or was told without an answer; from the back
  };

  void handle(const api_request_ptr& x);
  void handle_guarded(const api_request_ptr& x);
  void tick();
  void publish(const api_request_ptr& x);
  void tell_presence(const api_request_ptr& x);
  void disconnect(const api_request_ptr& x);
  void begin_with_key(const api_request_ptr& x, std::vector<publish_command> messages, const digest& key);
  void broadcast(std::vector<publish_command>& messages);

  // publish_actor.keys.cpp: requests with idempotency keys
  void begin(const keyed_publish_ptr& x);
  void decide(const keyed_publish_ptr& x);
  void decided(const keyed_publish_ptr& x, std::optional<idempotency_table::verdict> with);
  void note(const idempotency_table::record& x);
  void carry_out(const keyed_publish_ptr& x);
  bool must_learn_first();
  void try_later(const keyed_publish_ptr& x);
  void finish(const keyed_publish_ptr& x, std::optional<http_response> answer);
  peer decider_of(const digest& key) const;
  void settle();
  void tick_later();

  // publish_actor.nodes.cpp: other nodes, and topics on all of them
  void attend(const caf::actor& hub);
  void up(const peer& who);
  void down(const peer& who);
  other_node* find(const peer& who);
  void greet(const peer& who);
  void greeted(const api_greeted& x);
  void has_api(const peer& who);
  void tell_everything(other_node& x);
  void tell_all(const idempotency_table::record& x, const std::shared_ptr<void>& until);
  void tell_next();
  void tell_next(other_node& x);
  void tell(const peer& whom, api_records what, bool is_batch, std::shared_ptr<void> until);
  void told(const api_told& x);
  void asked(const api_asked& x);
  void asked(const api_claim& x, const node_calls::give_answer& answer);
  void learn(const api_records& x);
  void count_topics(const api_request_ptr& x);
  void count_next();
  void count(const api_request_ptr& x);

  struct queue_of_key {
    keyed_publish_ptr first; ///< it is being decided
    std::deque<keyed_publish_ptr> waiting;
  };
  struct waiting_count {
    api_request_ptr request;
    std::chrono::steady_clock::time_point since;
  };

  const publish_parts parts_;
  node_parts& node_;
  std::map<std::string, other_node> nodes_;
  std::map<uint64_t, std::function<void(idempotency_table::verdict)>> undecided_; ///< claims that wait, by number
  std::map<digest, queue_of_key> running_;
  std::deque<keyed_publish_ptr> retries_; ///< they are decided again, each after the same time
  bool ticks_ = false;
  bool is_new_ = true; ///< it has not learnt yet what the others know
  std::chrono::steady_clock::time_point started_{};
  std::deque<waiting_count> counts_; ///< the first one runs
};

} // namespace bennu::engine
