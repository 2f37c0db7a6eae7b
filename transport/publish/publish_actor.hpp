#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>

#include "actors/cluster/calls/node_calls.hpp"
#include "supervision/process/crash_report.hpp"
#include "transport/publish/api_request.hpp"
#include "transport/publish/commands.hpp"
#include "transport/publish/idempotency.hpp"
#include "transport/publish/node_messages.hpp"
#include "transport/publish/publish_reader.hpp"
#include "transport/publish/turns.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

struct node_parts;

/// What the actor of the API uses. It outlives the actor.
struct publish_parts {
  node_parts& node;
  idempotency_table& known;
  std::function<bool(std::string_view id)> is_channel_topic = {}; ///< such ids cannot be disconnected; may be empty
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

/// A message to the actor: the next part of the large requests is due.
struct api_go_on {
  using local_message = void;
};

/// The answer to a request that was carried out and has an idempotency key. It is given when the last holder is gone,
/// and says which nodes have not acknowledged by then that they know the key. Thread safety: only the actor changes it;
/// it may end on any thread.
class keyed_answer {
public:
  keyed_answer(api_request_ptr request, uint64_t accepted) : request_(std::move(request)), accepted_(accepted) {}
  ~keyed_answer();
  keyed_answer(const keyed_answer&) = delete;
  keyed_answer& operator=(const keyed_answer&) = delete;

  void await(const std::string& node) { missing_.insert(node); }
  void acknowledged_by(const std::string& node) { missing_.erase(node); }

private:
  const api_request_ptr request_;
  const uint64_t accepted_;
  std::set<std::string> missing_;
};

using keyed_answer_ptr = std::shared_ptr<keyed_answer>;

/// A request with an idempotency key on its way.
struct keyed_publish {
  api_request_ptr request;
  std::vector<publish_command> messages;
  digest key{};
  digest body{};
  std::chrono::steady_clock::time_point since{};
  std::chrono::steady_clock::time_point asked_at{};
  int tries = 0;
  bool is_granted = false; ///< it is being carried out
  bool is_over = false;    ///< it was answered, or will be when the other nodes know of it
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
  keyed_answer_ptr until = nullptr; ///< the request that waits for it; may be null
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

/// Answers the requests of the publish API. One with a short body is answered at once. Longer ones are read, and many
/// messages are broadcast, in parts, each in a handler of its own: between two of them short requests, heartbeats and
/// everything else on the io unit have their turn. The API keys take turns with their long requests, and the order
/// within a list stays.
///
/// A request with an idempotency key is carried out by leave of one node, which decides about this key: the one with
/// the highest hash of its name and the key among the live nodes (rendezvous hashing). So of two requests that race
/// through two nodes one is carried out. Afterwards all nodes are told, and only then the request is answered, with the
/// names of those that do not acknowledge it. So any other node can answer a repetition, also when the one that has
/// carried it out is dead. A node that connects is told all
/// that is known, and a node that does not acknowledge what it was told is told again. After its start this actor
/// carries out no request with a key before the connected nodes have told it what they know, or do not answer.
///
/// - The node that decides dies: the next one by hash decides, which knows what was done.
/// - The node that carries a request out dies before it has told the others: they repeat it when it is sent again.
/// - Nodes that are cut off from each other each have one that decides, so that a request may be carried out on both
///   sides.
///
/// Accepts `api_requested`, `api_go_on`, `api_asked`, `api_new_hub`, `api_decided`, and from the hub `link_up` and
/// `link_down`. Started by the supervisor of the API, `permanent`. A request whose handler throws is answered 500. When
/// the actor ends, the requests that wait are answered 503; what was done remains known. It handles one message, then
/// others have their turn on its io unit. Thread safety: as any actor.
class publish_actor : public process {
public:
  publish_actor(caf::actor_config& config, const publish_parts& parts);
  std::string label() const override;
  void on_exit() override;
  resume_result resume(caf::execution_unit* host, size_t max_throughput) override;

protected:
  caf::behavior make_behavior() override;

  /// Hands one message to pubsub. A test replaces it by one that fails.
  virtual void hand_over(publish_command& x);

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

  /// Runs `f` for a request. After an exception, of the program's own code (`presence_handler::fetch`) or for want of
  /// memory, the request is answered 500 and the log has the text; no other request is affected.
  /// @returns whether `f` returned.
  template <class F>
  bool guarded(const api_request_ptr& x, F f);

  void tick();
  void tell_presence(const api_request_ptr& x);
  void disconnect(const api_request_ptr& x);

  // publish_actor.lists.cpp: messages, a part at a time
  struct long_request {
    api_request_ptr request;
    publish_reader reader;
  };
  struct long_broadcast {
    api_request_ptr request;
    std::vector<publish_command> messages;
    keyed_publish_ptr keyed; ///< null: without a key
    size_t next = 0;
  };
  void publish(const api_request_ptr& x);
  void publish(const api_request_ptr& x, std::vector<publish_command> messages);
  bool broadcast_some(long_broadcast& x);
  void broadcast(long_broadcast x);
  void finish_broadcast(const long_broadcast& x);
  void go_on();
  void go_on_broadcasting();
  void go_on_later();
  void read_some();

  // publish_actor.keys.cpp: requests with idempotency keys
  void begin(const keyed_publish_ptr& x);
  void decide(const keyed_publish_ptr& x);
  void decided(const keyed_publish_ptr& x, std::optional<idempotency_table::verdict> with);
  void settle(const keyed_publish_ptr& x, std::optional<idempotency_table::verdict> with);
  void note(const idempotency_table::record& x);
  bool is_too_late(const keyed_publish& x) const;
  void carry_out(const keyed_publish_ptr& x);
  void carried_out(const keyed_publish_ptr& x, uint64_t count);
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
  void tell_all(const idempotency_table::record& x, const keyed_answer_ptr& until);
  void tell_next();
  void tell_next(other_node& x);
  void tell(const peer& whom, api_records what, bool is_batch, keyed_answer_ptr until);
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
  turns<known_key_ptr, long_request> long_requests_; ///< they are read
  std::deque<long_broadcast> broadcasts_;            ///< the first one is being handed to pubsub
  bool goes_on_ = false;                             ///< an `api_go_on` is on its way
  std::deque<keyed_publish_ptr> retries_;            ///< they are decided again, each after the same time
  bool ticks_ = false;
  bool is_new_ = true; ///< it has not learnt yet what the others know
  std::chrono::steady_clock::time_point started_{};
  std::deque<waiting_count> counts_; ///< the first one runs
};

template <class F>
bool publish_actor::guarded(const api_request_ptr& x, F f) {
  try {
    f();
    return true;
  } catch (...) {
    if (auto* events = telemetry::listening(system()))
      events->emit("publish_api.request_failed", {}, {{"path", x->in.path}, {"text", exception_text()}});
    x->answer(api_error(500, "this request failed in the server"));
    return false;
  }
}

} // namespace bennu::engine
