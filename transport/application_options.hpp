#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <caf/fwd.hpp>

#include <bennu/actors/limits.hpp>
#include <bennu/actors/presence_options.hpp>
#include <bennu/supervision/restart_intensity.hpp>
#include <bennu/transport/cluster_options.hpp>
#include <bennu/transport/server_options.hpp>

namespace bennu {

/// The options of an application.
struct application_options {
  /// The name of this node, in logs and in `/health`.
  std::string name = "bennu";

  /// How many io units, each with one thread; 0: one per core.
  size_t threads = 0;

  /// Whether the texts of crashes are sent to clients, and clients may inject faults. Never in production.
  bool dev_mode = false;

  /// A handler that runs longer is reported (`handler.slow`); 0: never.
  /// 100 ms: a delay that people notice.
  std::chrono::milliseconds slow_handler{100};

  /// The options of the server.
  server_options web{};

  /// Set: the node joins a cluster, under the name in these options. Not set: it is a single node.
  std::optional<cluster_options> cluster{};

  /// The options of presence, the same on every node of a cluster.
  presence_options presence{};

  /// What the joins of all clients may hold.
  join_limits joins{};

  /// What the messages of all clients may hold.
  inbox_limits inboxes{};

  /// How many restarts of the node's own parts (pubsub, presence, the server, all children of the application
  /// together) the root of the tree allows. One more ends the tree, and with it the program: see `on_end`.
  /// 1 within 5 s: the default of OTP. What fails twice within 5 s has a cause that a restart does not remove.
  restart_limit root_limit{1, std::chrono::seconds{5}};

  /// The same for the children that `application::supervise` adds. One more ends their supervisor, which the root
  /// restarts as a whole.
  /// 3 within 5 s: the default of Elixir.
  restart_limit children_limit{3, std::chrono::seconds{5}};

  /// Called once with CAF's configuration before the actor system is created: for modules, message types and
  /// settings.
  std::function<void(caf::actor_system_config&)> configure{};

  /// Called once when the tree ends although `stop` was not called, on the thread on which it ends; `why` is the chain
  /// of reasons. It must not block and must not call `stop`. A program that calls `run` does not need it: `run`
  /// returns.
  std::function<void(const std::string& why)> on_end{};
};

/// An option of the program itself, on its command line and in its configuration file. The variable contains the
/// default, which `--help` shows, and receives the value. REQUIRES: the variable outlives the constructor of the
/// `application`.
///
/// A `bool` is a flag, a number must be in the range of its type, a vector takes the option several times.
class option {
public:
  /// How often an option may be given, and whether it takes a value.
  enum class kind {
    flag, ///< it takes no value: it sets a `bool`
    one,  ///< it takes one value
    many, ///< it may be given several times, with a value each
  };

  /// @param name e.g. `--database`
  option(std::string name, std::string& into, std::string help);
  /// An option that may be given several times: each adds a value.
  option(std::string name, std::vector<std::string>& into, std::string help);
  /// A flag: true when the option is given; a configuration file says `true` or `false`.
  option(std::string name, bool& into, std::string help);

  /// An option with a number, which must be in the range of its type.
  template <class Number>
  requires((std::integral<Number> && !std::same_as<Number, bool>) || std::floating_point<Number>)
    option(std::string name, Number& into, std::string help)
    : option(kind::one, std::move(name), std::move(help), std::to_string(into)) {
    low_ = static_cast<double>(std::numeric_limits<Number>::lowest());
    high_ = static_cast<double>(std::numeric_limits<Number>::max());
    take_ = [&into](const option& self, std::string_view text) {
      Number value{};
      const auto end = text.data() + text.size();
      const auto [rest, wrong] = std::from_chars(text.data(), end, value);
      const auto size = static_cast<double>(value);
      const bool fits = wrong == std::errc{} && rest == end && size >= self.low_ && size <= self.high_;
      if (fits)
        into = value;
      return fits;
    };
  }

  /// Refuses numbers outside the range from `low` to `high`.
  option&& between(double low, double high) && {
    low_ = low;
    high_ = high;
    return std::move(*this);
  }

  /// Refuses all texts except these.
  option&& one_of(std::vector<std::string> texts) && {
    allowed_ = std::move(texts);
    return std::move(*this);
  }

  const std::string& name() const noexcept { return name_; }            ///< such as `--database`
  const std::string& help() const noexcept { return help_; }            ///< the text in `--help`
  const std::string& default_text() const noexcept { return default_; } ///< the default as `--help` shows it
  kind what() const noexcept { return kind_; }                          ///< how the option is given

  /// Sets the variable.
  /// @returns empty when `text` was accepted, else what is wrong with it and what is allowed.
  std::string take(const std::string& text) const;

private:
  option(kind what, std::string name, std::string help, std::string fallback)
    : kind_(what), name_(std::move(name)), help_(std::move(help)), default_(std::move(fallback)) {}

  kind kind_;
  std::string name_, help_, default_;
  double low_ = 0, high_ = 0;
  std::vector<std::string> allowed_;
  std::function<bool(const option& self, std::string_view text)> take_;
};

/// How a program appears on its command line.
struct program {
  /// In `--help`, in front of its errors and log lines; other programs' nodes do not join its cluster.
  std::string name;

  /// For `--help`: what the program is, in one sentence.
  std::string about{};

  /// For `--help`: lines that show how to call it.
  std::string examples{};

  std::vector<option> options{}; ///< the program's own options

  /// The defaults of the application's options. Their `name` is the node's; the default `bennu` stands for the name
  /// of the program.
  application_options defaults{};

  /// The default of `--secret-file`. Empty: a new secret at every start.
  std::string secret_file{};
};

} // namespace bennu
