#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <caf/deep_to_string.hpp>
#include <caf/duration.hpp>
#include <caf/message_handler.hpp>
#include <caf/response_promise.hpp>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu {

/// The result of `init`.
class init_result {
public:
  /// The kinds of results, which the functions below make.
  enum class state : uint8_t {
    ok,      ///< the server runs
    ignored, ///< the server ends normally
    stopped, ///< the server ends because its start failed
  };

  /// The server runs, and its supervisor goes on. Whoever asked for the start receives `info`. OTP: `{ok, State}`.
  static init_result ok(caf::message info = {});

  /// The server need not run: it ends normally, which is not a failure. OTP: `ignore`.
  static init_result ignore();

  /// The start failed; the server ends with this reason, which is also the error of the start. OTP: `{stop, Reason}`.
  static init_result stop(caf::error why);

  /// Runs `step` after the supervisor has been told, and before the first message. Use it for work that takes long and
  /// must not delay the start of later children. OTP: `{ok, State, {continue, …}}`.
  init_result&& continue_with(std::function<void()> step) &&;

  state what() const noexcept { return state_; }              ///< which kind of result this is
  const caf::error& why() const noexcept { return why_; }     ///< the reason given to `stop`; otherwise no error
  const caf::message& info() const noexcept { return info_; } ///< what `ok` was given for whoever asked for the start
  /// What `continue_with` was given; empty without it.
  const std::function<void()>& step() const noexcept { return step_; }

private:
  explicit init_result(state s) noexcept : state_(s) {}

  state state_;
  caf::error why_;
  caf::message info_;
  std::function<void()> step_;
};

/// A request to a `gen_server` for its current state. It is answered with `state_snapshot`. OTP: `sys:get_state`.
struct get_state_command {};

/// A copy of a server's state, for debugging. It stays on the node.
struct state_snapshot {
  std::string label;                 ///< the label of the server
  std::string text;                  ///< the state as CAF renders it: numbers, texts, containers, inspectable structs
  std::shared_ptr<const void> value; ///< the state itself, for `as`; null when the state cannot be copied
  const std::type_info* type = nullptr; ///< the type of `value`; null with it

  /// The state itself; null when it is of another type, or cannot be copied.
  template <class T>
  const T* as() const noexcept {
    return type != nullptr && *type == typeid(T) ? static_cast<const T*>(value.get()) : nullptr;
  }
};

/// A request to a `gen_server` to end with this reason, after the messages that came before. It is answered with an
/// empty message once `terminate` has run. OTP: `gen_server:stop`.
struct stop_command {
  caf::error reason; ///< a default error ends the server normally
};

/// The part of `gen_server` that does not depend on the type of the state.
class gen_server_base : public process {
public:
  /// `child<X>` takes the acknowledgement of `init` as the start's outcome.
  using acknowledges_start = void;

  /// CAF calls it for each message; it runs the steps of `continue_with` afterwards.
  caf::invoke_message_result consume(caf::mailbox_element& message) override;
  /// CAF calls it at the end of the actor; it calls `terminate` and answers `stop_command`s.
  void on_exit() final;

protected:
  /// For `gen_server`. With a `unit` the server runs on that unit alone.
  explicit gen_server_base(caf::actor_config& cfg, caf::execution_unit* unit = nullptr);

  /// Runs once, in the server, before any message. @returns `init_result::ok()`, also `.continue_with(step)`;
  /// `init_result::ignore()`; `init_result::stop(reason)`. An exception is a failed start with its text. A static
  /// supervisor starts no later child before it has returned; every supervisor answers commands meanwhile.
  virtual init_result init();

  /// The handlers of all messages: an ordinary CAF message handler. What a handler returns is the answer to a request
  /// (OTP: `handle_call`); for plain messages (`handle_cast`, `handle_info`) it is discarded. An exception ends the
  /// server as `crashed`.
  virtual caf::message_handler handle_messages() = 0;

  /// Called once, last, when a server whose `init` said `ok` ends: because it quit, was told to stop, got an exit
  /// signal, or crashed. A kill does not call it. It may send messages. An exception is reported as a crash.
  virtual void terminate(const exit_info& why);

  /// Runs `step` after this handler and before the next message. Steps run in their order. OTP: `{noreply, State,
  /// {continue, …}}`.
  void continue_with(std::function<void()> step);

  /// See `state_snapshot`.
  virtual state_snapshot snapshot() const = 0;

private:
  caf::behavior make_behavior() final;
  void tell_parent(child_ack ack);
  bool is_quitting() const noexcept;
  void run_steps();

  caf::actor parent_; // until the start is acknowledged; null without a supervisor
  bool has_begun_ = false;
  std::vector<std::function<void()>> steps_;
  std::vector<std::pair<caf::response_promise, caf::error>>
    stops_; // whom to answer at the end, and the reason that they gave
};

/// A server with a state, as OTP's `gen_server`: a process that starts in order, handles messages one after another,
/// and cleans up.
///
///     struct tally { int sum = 0; };
///
///     class counter : public bennu::gen_server<tally> {
///     public:
///       using gen_server::gen_server;
///
///     protected:
///       bennu::init_result init() override {
///         return bennu::init_result::ok().continue_with([this] { state.sum = load(); });
///       }
///       caf::message_handler handle_messages() override {
///         return {[this](int x) { return state.sum += x; }};
///       }
///       void terminate(const bennu::exit_info&) override { save(state.sum); }
///     };
///
///     tree.add(bennu::child<counter>("counter"));
///
/// Started by `child<X>`, or by any start function that spawns it from the supervisor and returns
/// `start_result::pending`. The supervisor starts the next child when `init` has returned. When the supervisor ends, so
/// does the server.
///
/// Beside its own messages it accepts `stop_command` and `get_state_command`; `send_after` and `cancel_timer` are those
/// of every `process`.
///
/// Thread safety: as any CAF actor; `state` belongs to the server's handlers.
template <class State>
class gen_server : public gen_server_base {
public:
  /// @param first the state before `init`. With a `unit` the server runs on that unit alone.
  explicit gen_server(caf::actor_config& cfg, State first = {}, caf::execution_unit* unit = nullptr)
    : gen_server_base(cfg, unit), state(std::move(first)) {}

protected:
  state_snapshot snapshot() const override {
    state_snapshot result{label(), caf::deep_to_string(state), nullptr, nullptr};
    if constexpr (std::is_copy_constructible_v<State>) {
      result.value = std::make_shared<const State>(state);
      result.type = &typeid(State);
    }
    return result;
  }

  State state; ///< what the server knows; a restart begins with `first` again
};

/// Ends a `gen_server` and answers when it has ended, as a request of `self` does: nothing (an empty message) when it
/// ended with `reason`, else the reason of its end; `sec::request_receiver_down` when it had ended before;
/// `sec::request_timeout` when it takes longer than `timeout`, and it may then still be ending. OTP:
/// `gen_server:stop(Server, Reason, Timeout)`.
template <class Self, class Timeout = caf::duration>
auto stop(Self&& self, const caf::actor& server, caf::error reason = {}, Timeout timeout = caf::infinite) {
  return self->request(server, timeout, stop_command{std::move(reason)});
}

/// Asks a `gen_server` for its state, as a request of `self` does: `.then([](const state_snapshot& x) { … })`. OTP:
/// `sys:get_state`.
template <class Self, class Timeout = caf::duration>
auto get_state(Self&& self, const caf::actor& server, Timeout timeout = caf::infinite) {
  return self->request(server, timeout, get_state_command{});
}

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::get_state_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::state_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::stop_command)
