#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/restart_intensity.hpp>
#include <bennu/supervision/strategy.hpp>

namespace bennu::test {

enum class node_sort { worker, supervisor, pool };

/// The description of a child. Ids are unique in the whole tree.
struct plan {
  std::string id;
  node_sort sort = node_sort::worker;
  restart kept = restart::permanent;
  bool is_significant = false;
  std::optional<restart_limit> own_limit;

  // for a supervisor or a pool
  strategy how = one_for_one;
  auto_shutdown when = auto_shutdown::never;
  restart_limit limit;
  std::vector<plan> children; ///< the children of a supervisor; a pool starts empty
};

/// What OTP's rules do with a tree in which every start and every stop completes immediately: the rules without the
/// actors.
///
/// Written from the documentation of OTP's supervisor and Elixir's DynamicSupervisor. It shares no code with
/// `supervision/`.
class tree_model {
public:
  using time = std::chrono::nanoseconds;

  explicit tree_model(plan root);

  // -- what happens -------------------------------------------------------------

  /// A child ended by itself. REQUIRES: it runs.
  void ended(const std::string& id, exit_kind why);

  /// Makes this many of its next starts fail.
  void fail_next(const std::string& id, size_t times) { failing_[id] += times; }

  void advance(time x) { now_ += x; }

  // The commands return `ok` or the name of the error. REQUIRES: the supervisor runs.
  std::string start_child(const std::string& supervisor, const plan& what);
  std::string terminate_child(const std::string& supervisor, const std::string& id);
  std::string restart_child(const std::string& supervisor, const std::string& id);
  std::string delete_child(const std::string& supervisor, const std::string& id);

  // -- the state ----------------------------------------------------------------

  bool is_alive() const noexcept { return root_.is_running; }

  /// `top 1 left [a running +2 3 left, b undefined +0 3 left]`: children in the order of their start, those of a pool
  /// by id.
  std::string text() const { return text_of(root_); }

  /// The running ones of the root and everything below it.
  std::vector<std::string> running(bool workers) const;

  /// All children that a supervisor knows.
  std::vector<std::string> children_of(const std::string& supervisor) const;

  bool is_pool(const std::string& id) const;

  /// How often each worker was started.
  const std::map<std::string, size_t>& starts() const noexcept { return starts_; }

private:
  struct life {
    plan what;
    bool is_running = false;
    size_t launches = 0;
    std::vector<time> restarts;     // of its children, for a supervisor
    std::vector<time> own_restarts; // its own, when it has its own limit
    std::vector<life> children;
  };

  life* find(life& from, const std::string& id);
  life* parent_of(life& from, const std::string& id);
  static size_t index_of(const life& supervisor, const std::string& id);

  bool start(life& x);
  static void stop(life& x);
  void rest(life& supervisor, const std::string& id);
  void restart_from(life& supervisor, std::string id);
  std::optional<std::string> restart_group(life& supervisor, const std::string& id);
  void significant_ended(life& supervisor);
  void shut_down(life& supervisor);
  bool count(std::vector<time>& restarts, const restart_limit& limit) const;
  size_t left(const std::vector<time>& restarts, const restart_limit& limit) const;
  std::string text_of(const life& x) const;

  life root_;
  time now_{0};
  std::map<std::string, size_t> failing_;
  std::map<std::string, size_t> starts_;
};

} // namespace bennu::test
