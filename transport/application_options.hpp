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

#include <bennu/actors/presence_options.hpp>
#include <bennu/supervision/restart_intensity.hpp>
#include <bennu/transport/cluster_options.hpp>
#include <bennu/transport/server_options.hpp>

namespace bennu {

/// Everything that a program decides before it starts.
struct application_options {
  /// Name of this node, in logs and `/health`.
  std::string name = "bennu";

  /// Io units, one thread each; 0: one per core.
  size_t threads = 0;

  /// Crash texts reach the clients, faults may be injected. Never in production.
  bool dev_mode = false;

  /// A handler that keeps an io unit for longer is reported (`handler.slow`); 0: none is.
  std::chrono::milliseconds slow_handler{100};

  server_options web{};

  /// Unset: a node by itself. Set: it meets the others, and `name` is what this says.
  std::optional<cluster_options> cluster{};

  /// The same on every node of a cluster.
  presence_options presence{};

  /// How many restarts of the node's own parts (pubsub, presence, the server, all children of the application as one) the root of the
  /// tree tolerates. One more ends the tree, and with it the program: see `on_end`. OTP's default: what fails twice in 5 s fails for a
  /// reason that a restart does not mend.
  restart_limit root_limit{1, std::chrono::seconds{5}};

  /// The same for the children that `application::supervise` adds. One more ends their supervisor, which the root restarts as a whole.
  /// Elixir's default.
  restart_limit children_limit{3, std::chrono::seconds{5}};

  /// Called once with CAF's configuration, before the actor system is made: modules, types of messages, settings.
  std::function<void(caf::actor_system_config&)> configure{};

  /// Called once, on a thread of the actor system, when the tree ends although nobody called `stop`; `why` is the chain of reasons.
  /// A program that calls `run` needs none: `run` returns. It must not block, and must not call `stop` itself.
  std::function<void(const std::string& why)> on_end{};
};

/// An option of a program's own, on its command line and in its configuration file. The variable holds the default, which `--help` shows,
/// and receives the value; it outlives the constructor of the `application`.
///
/// A `bool` is a flag, a number is read whole and within the range of its type, a vector may be given several times.
class option {
public:
  enum class kind { flag, one, many };

  /// @param name e.g. `--database`
  option(std::string name, std::string& into, std::string help);
  option(std::string name, std::vector<std::string>& into, std::string help);
  option(std::string name, bool& into, std::string help);

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

  /// Refuses numbers outside of `low` to `high`.
  option&& between(double low, double high) && {
    low_ = low;
    high_ = high;
    return std::move(*this);
  }

  /// Refuses all texts but these.
  option&& one_of(std::vector<std::string> texts) && {
    allowed_ = std::move(texts);
    return std::move(*this);
  }

  const std::string& name() const noexcept { return name_; }
  const std::string& help() const noexcept { return help_; }
  const std::string& default_text() const noexcept { return default_; }
  kind what() const noexcept { return kind_; }

  /// Sets the variable. @returns what is wrong with `text`, with what is allowed; empty when it was taken.
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

/// What a program says of itself on its command line.
struct program {
  /// In `--help`, in front of its errors and log lines; other programs' nodes do not join its cluster.
  std::string name;

  /// What it is, in one sentence, and lines that show how it is called: for `--help`.
  std::string about{};
  std::string examples{};

  std::vector<option> options{};

  /// What holds where neither the command line nor the configuration file says otherwise. Its `name` is the node's; `bennu`, the default,
  /// stands for the program's name.
  application_options defaults{};

  /// Default of `--secret-file`. Empty: a new secret at every start.
  std::string secret_file{};
};

} // namespace bennu
