#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/strategy.hpp>

namespace bennu {

/// A root supervisor with its children, or the reason why they did not start. Its destructor stops the tree and waits
/// for it.
///
///     auto tree = supervisor_spec{}.add(store).start(system);
///     if (!tree)
///       return fail(explain(classify(tree.error())));
///     log(explain(tree.wait())); // the root has ended: stopped by somebody, or it gave up
///
/// Nothing restarts a root that gives up. The program has to look at `end`, `wait` or `on_end`, and usually ends with a
/// failure, so that its own supervisor (systemd, Kubernetes) starts it again.
///
/// Thread safety: it belongs to the thread that started the tree, outside of any actor. `end`, `wait` and `on_end` may
/// be called on any thread while `stop` runs on another.
class supervision_tree {
public:
  /// A root that runs already.
  explicit supervision_tree(caf::actor root);

  /// A tree that did not start.
  explicit supervision_tree(caf::error why);

  ~supervision_tree();
  supervision_tree(supervision_tree&&) noexcept = default; ///< moves the ownership of the tree
  supervision_tree& operator=(supervision_tree&&) = delete;

  /// Whether it started. It may have ended since: see `end`.
  explicit operator bool() const noexcept { return !error_; }

  /// Why it did not start: `shutdown: failed_to_start_child ID: …`, with all causes in `classify(error()).causes`.
  const caf::error& error() const noexcept { return error_; }

  /// Stops the children in reverse order, then the supervisor, and returns when it has ended. A second call does
  /// nothing. REQUIRES: not called in an actor.
  void stop();

  /// The root supervisor; null when the tree did not start, and after `stop`.
  const caf::actor& root() const noexcept { return root_; }

  /// How the root ended, with all causes; nothing while it runs.
  std::optional<exit_info> end() const;

  /// Waits for the end of the root and returns how it ended.
  /// REQUIRES: not called in an actor.
  exit_info wait() const;

  /// Calls `told` once when the root has ended, however that happened: on the thread where it ends, or at once when it
  /// has ended already. By then its children have ended, or they are zombies. `told` must not throw.
  void on_end(std::function<void(const exit_info&)> told) const;

private:
  struct ending;

  caf::actor root_;
  caf::error error_;
  std::shared_ptr<ending> ending_;
};

/// The description of a supervisor and its children: a builder, and a plain value. Source: OTP's `supervisor`.
///
///     auto tree = supervisor_spec{one_for_one}.add(store).add(pool).start(system);
class supervisor_spec {
public:
  /// A supervisor without children. `how` says which of them restart when one ends.
  explicit supervisor_spec(strategy how = one_for_one) noexcept : strategy_(how) {}

  /// Children start in the order in which they were added, each when the one before is ready, and stop in reverse.
  /// @throws std::invalid_argument when `check(spec)` returns an error, or the id is taken.
  supervisor_spec& add(child_spec spec) &;
  supervisor_spec&& add(child_spec spec) &&;

  /// How many restarts are tolerated before the supervisor gives up. OTP's default is 1 restart in 5 s.
  supervisor_spec& intensity(restart_limit limit) & {
    limit_ = limit;
    return *this;
  }
  supervisor_spec&& intensity(restart_limit limit) && {
    limit_ = limit;
    return std::move(*this);
  }

  /// OTP's default is `never`.
  supervisor_spec& shutdown_when(auto_shutdown when) & {
    when_ = when;
    return *this;
  }
  supervisor_spec&& shutdown_when(auto_shutdown when) && {
    when_ = when;
    return std::move(*this);
  }

  /// For reports; `supervisor` when unset.
  supervisor_spec& name(std::string x) & {
    name_ = std::move(x);
    return *this;
  }
  supervisor_spec&& name(std::string x) && {
    name_ = std::move(x);
    return std::move(*this);
  }

  // The three functions below throw std::invalid_argument when `check(*this)` returns an error.

  /// Runs it as a root, waits until its children are ready, and returns the tree. When a child fails to start, those
  /// that were started are stopped, and the result holds the error: which child failed, and why (OTP:
  /// `supervisor:start_link`). Waits as long as a start takes. REQUIRES: not called in an actor, nor in virtual time
  /// (see `spawn`).
  [[nodiscard]] supervision_tree start(caf::actor_system& system) const;

  /// Runs it as a root and returns at once; its children start one after another. The caller keeps the handle, and ends
  /// it with `signal_exit(handle, exits::shutdown())`. A root whose child fails to start ends with that reason.
  caf::actor spawn(caf::actor_system& system) const;

  /// The supervisor as a child of another one: permanent, and pending until its own children are ready.
  child_spec supervised(std::string id) const;

  strategy how() const noexcept { return strategy_; } ///< which children restart when one ends
  /// What the ends of significant children mean for the supervisor.
  auto_shutdown when() const noexcept { return when_; }
  const restart_limit& limit() const noexcept { return limit_; } ///< how many restarts the supervisor tolerates
  const std::string& name() const noexcept { return name_; }     ///< its name in reports
  /// In the order in which they were added.
  const std::vector<child_spec>& children() const noexcept { return children_; }

private:
  strategy strategy_;
  auto_shutdown when_ = auto_shutdown::never;
  restart_limit limit_{1, std::chrono::seconds{5}};
  std::string name_ = "supervisor";
  std::vector<child_spec> children_;
};

/// Checks the whole description. @returns no error when it is valid, otherwise one whose text says what is allowed.
caf::error check(const supervisor_spec& spec);

} // namespace bennu
