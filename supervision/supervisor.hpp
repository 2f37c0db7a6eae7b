#pragma once

#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/strategy.hpp>

namespace bennu {

/// A running root supervisor. Stops its tree when it goes, and waits for it.
///
/// Thread safety: none; belongs to whoever started the tree, outside of any actor.
class supervision_tree {
public:
  explicit supervision_tree(caf::actor_system& system, caf::actor root) noexcept;
  ~supervision_tree();
  supervision_tree(supervision_tree&&) noexcept = default;
  supervision_tree& operator=(supervision_tree&&) = delete;

  /// Stops the children in reverse order, then the supervisor; returns when it ended.
  void stop();

  const caf::actor& root() const noexcept { return root_; }

private:
  caf::actor_system* system_;
  caf::actor root_;
};

/// A tree as it is to be: a builder.
///
///     auto tree = supervisor_spec{one_for_one}.add(store).add(pool).start(system);
class supervisor_spec {
public:
  explicit supervisor_spec(strategy how = one_for_one) noexcept : strategy_(how) {}

  /// Children start in the order in which they were added, each when the one before is ready, and stop in reverse.
  /// @throws std::invalid_argument when `check(spec)` finds fault, or the id is taken.
  supervisor_spec& add(child_spec spec) &;
  supervisor_spec&& add(child_spec spec) &&;

  /// OTP's default is 1 restart in 5 s.
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

  // The three below throw std::invalid_argument when `check(*this)` finds fault.

  /// Runs it as a root. Returns at once; children start one after another.
  supervision_tree start(caf::actor_system& system) const;

  /// Runs it as a root, and leaves its end to the caller.
  caf::actor spawn(caf::actor_system& system) const;

  /// Itself as a child of another: a permanent supervisor, pending until its own children are ready.
  child_spec supervised(std::string id) const;

  strategy how() const noexcept { return strategy_; }
  auto_shutdown when() const noexcept { return when_; }
  const restart_limit& limit() const noexcept { return limit_; }
  const std::string& name() const noexcept { return name_; }
  const std::vector<child_spec>& children() const noexcept { return children_; }

private:
  strategy strategy_;
  auto_shutdown when_ = auto_shutdown::never;
  restart_limit limit_{1, std::chrono::seconds{5}};
  std::string name_ = "supervisor";
  std::vector<child_spec> children_;
};

/// What is wrong with it as a whole, as a text that says what is allowed.
caf::error check(const supervisor_spec& spec);

} // namespace bennu
