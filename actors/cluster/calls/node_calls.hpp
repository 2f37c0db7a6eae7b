#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <caf/actor.hpp>

#include "actors/cluster/link/link.hpp"
#include "supervision/process/local_message.hpp"

namespace bennu::engine {

/// A function that is called exactly once: if nobody has called it when its last holder is destroyed, it is called
/// with `Value{}`. So a message that is lost in a mailbox, in a crash or at the end of the program leaves no caller
/// waiting.
///
/// Thread safety: none; the calls must not overlap.
template <class Value>
class sure_call {
public:
  explicit sure_call(std::function<void(Value)> f) : f_(std::move(f)) {}
  sure_call(const sure_call&) = delete;
  sure_call& operator=(const sure_call&) = delete;

  ~sure_call() {
    if (!told_ && f_)
      f_(Value{});
  }

  void operator()(Value x) {
    told_ = true;
    if (f_)
      f_(std::move(x));
  }

  bool told() const noexcept { return told_; }

private:
  std::function<void(Value)> f_;
  bool told_ = false;
};

template <class Value>
using sure_call_ptr = std::shared_ptr<sure_call<Value>>;

class current_actor;

/// The services of another node that can be called. The numbers are part of the wire format and never change their
/// meaning.
enum class call_service : uint8_t {
  longpoll = 1, ///< the request of a client whose session lives on the other node
  publish = 2,  ///< what the publish APIs of two nodes ask each other
  observer = 3, ///< a question of an observer of the other node
};

/// The fate of an answer, for the side that gave it.
enum class answer_fate : uint8_t {
  unknown, ///< it may have arrived: the link was lost, or no receipt came in time
  reached, ///< it arrived
  returned ///< it did not arrive and never will; may follow `reached` when that turns out to be wrong
};

/// An answer, as the asking side receives it.
struct call_answer {
  std::string body;

  /// Call it with whether the client got the answer: once, or a second time with `false` after `true`. Empty when the
  /// other side does not want to know. Thread safety: any thread.
  std::function<void(bool reached)> tell;
};

/// Questions to other nodes, and their answers.
///
/// A question is sent at most once. The caller is told that there is no answer when the node is not connected, when
/// the link ends before the answer arrives, when the answer takes too long, or when too many questions wait already.
/// The answering side learns the fate of its answer, so that it can give the content again or give it up.
///
/// Thread safety: `ask` and `meet` may be called on any thread, the others only before the tree starts.
class node_calls {
public:
  using then = std::function<void(std::optional<call_answer>)>;
  using tell_fate = std::function<void(answer_fate)>;

  /// Sends the answer; called once, on any thread. `fate` may be empty.
  using give_answer = std::function<void(std::string body, tell_fate fate)>;
  using service = std::function<void(std::string body, give_answer answer)>;

  /// How many questions, and answers with an unknown fate, there may be at once. Further questions get no answer.
  /// 50,000: three times the default limit of clients per node.
  static constexpr size_t max_waiting = 50'000;

  /// @param hub where the hub of the node is found
  explicit node_calls(const current_actor& hub) : hub_(hub) {}

  /// Sets the handler for such questions of other nodes. It runs on the thread of the hub, must return quickly and
  /// must not throw.
  void serve(call_service what, service by) { services_[static_cast<uint64_t>(what)] = std::move(by); }

  /// Each hub that starts is passed to `f`, on its own thread; `f` must return quickly and must not throw.
  void when_hub_starts(std::function<void(const caf::actor&)> f) { tell_hub_ = std::move(f); }
  void meet(const caf::actor& hub) const {
    if (tell_hub_)
      tell_hub_(hub);
  }

  /// Asks a node, in exactly this life of it; with the incarnation 0, in its current life. `f` is called exactly once,
  /// on any thread; without a value when there is no answer.
  void ask(const peer& whom, call_service what, std::string body, std::chrono::milliseconds timeout, then f) const;

  /// For the hub.
  /// @returns null when there is no handler.
  const service* find(uint64_t what) const;

  /// A number for a question. A restarted hub continues the sequence.
  uint64_t next_id() noexcept { return ++last_id_; }

private:
  const current_actor& hub_;
  std::atomic<uint64_t> last_id_{0};
  std::map<uint64_t, service> services_;
  std::function<void(const caf::actor&)> tell_hub_;
};

/// A message to the hub: ask another node.
struct hub_ask {
  using local_message = void;
  peer to;
  call_service service{};
  std::string body;
  std::chrono::milliseconds timeout{};
  sure_call_ptr<std::optional<call_answer>> then;
};

/// A message to the hub: the answer to a question of another node.
struct hub_answer {
  using local_message = void;
  peer to;
  uint64_t id = 0;
  std::string body;
  sure_call_ptr<answer_fate> fate; ///< may be null
};

/// A message to the hub: the fate of an answer.
struct hub_receipt {
  using local_message = void;
  peer to;
  uint64_t id = 0;
  bool reached = false;
};

} // namespace bennu::engine
