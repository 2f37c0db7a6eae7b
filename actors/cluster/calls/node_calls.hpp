#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/cluster/calls/sure_call.hpp"
#include "actors/cluster/link/link.hpp"

namespace bennu::engine {

class actor_slot;

/// What can be asked of another node. The numbers are the wire's: they never change their meaning.
enum class call_service : uint8_t {
  longpoll = 1, ///< a client's request for a session that lives there
};

/// What became of an answer, for whoever gave it.
enum class answer_fate : uint8_t {
  unknown, ///< perhaps it arrived: the link was lost, or nobody said so in time
  reached, ///< it did
  returned ///< it did not, and never will. Also after `reached`, when that turned out to be wrong
};

/// An answer, as the asker gets it.
struct call_answer {
  std::string body;

  /// To be told what became of it, once or (`false` after `true`) twice; empty when nobody wants to know. Any thread.
  std::function<void(bool reached)> tell;
};

/// Questions to other nodes, and their answers.
///
/// A question goes out at most once, and is answered or not: when the node is not connected, when the link ends before the answer came,
/// when it takes too long or when too many wait already, there is none, and the asker is told so. Whoever answers hears of the answer's
/// fate, so that what it held can be given again or be given up.
///
/// Thread safety: `ask` from any thread; `serve` before the tree starts.
class node_calls {
public:
  using then = std::function<void(std::optional<call_answer>)>;
  using tell_fate = std::function<void(answer_fate)>;

  /// Answers, once, from any thread. An empty `fate`: nobody wants to know it.
  using give_answer = std::function<void(std::string body, tell_fate fate)>;
  using service = std::function<void(std::string body, give_answer answer)>;

  /// Questions, and answers whose fate is not known, at the same time; with more there is no answer. 50,000: three times as many clients
  /// as a node takes by default.
  static constexpr size_t max_waiting = 50'000;

  /// @param hub where the node's hub is found
  explicit node_calls(const actor_slot& hub) : hub_(hub) {}

  /// What answers such questions of other nodes: called on the hub's thread, it must be quick and not throw.
  void serve(call_service what, service by) { services_[static_cast<uint64_t>(what)] = std::move(by); }

  /// Asks this life of a node. `f` is called exactly once, on any thread; with nothing when there is no answer.
  void ask(const peer& whom, call_service what, std::string body, std::chrono::milliseconds timeout, then f) const;

  /// Null when there is none. For the hub.
  const service* find(uint64_t what) const;

  /// Of a question; a hub that is started again goes on with the numbers.
  uint64_t next_id() noexcept { return ++last_id_; }

private:
  const actor_slot& hub_;
  std::atomic<uint64_t> last_id_{0};
  std::map<uint64_t, service> services_;
};

/// To the hub: somebody asks a node something.
struct hub_ask {
  peer to;
  call_service service{};
  std::string body;
  std::chrono::milliseconds timeout{};
  sure_call_ptr<std::optional<call_answer>> then;
};

/// To the hub: the answer to a question of another node.
struct hub_answer {
  peer to;
  uint64_t id = 0;
  std::string body;
  sure_call_ptr<answer_fate> fate; ///< may be null
};

/// To the hub: what became of an answer.
struct hub_receipt {
  peer to;
  uint64_t id = 0;
  bool reached = false;
};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::hub_ask)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::hub_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::hub_receipt)
