#pragma once

#include <functional>
#include <memory>
#include <string>

#include <caf/fwd.hpp>

#include <bennu/actors/endpoint.hpp>
#include <bennu/transport/application_options.hpp>
#include <bennu/transport/http.hpp>

namespace prometheus {
class Collectable;
} // namespace prometheus

namespace bennu::engine {
struct application_parts;
class program_life;
} // namespace bennu::engine

namespace bennu {

class cluster;
class node;
class server;
struct child_spec;

/// A whole program: actor system, node, server and the supervision tree over them.
///
///     int main(int argc, char** argv) {
///       bennu::application app{"rooms", argc, argv};
///       app.serve(bennu::endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*"));
///       return app.run();
///     }
///
/// Such a program takes the options that `--help` lists and a configuration file. It logs to standard error, drains
/// at SIGTERM, and its exit status says how it ended. It serves `/health` for load balancers and `/metrics` for
/// Prometheus, unless it has its own routes for them. Only this machine may read `/metrics`, unless `--metrics-from`,
/// `--metrics-token-file` or `--metrics-listen` says otherwise. It links `bennu::application`.
///
/// A program with its own command line, logs and signals passes `application_options` instead, calls `start` and
/// `stop`, and links only `bennu::transport`.
///
/// Thread safety: only the thread that created it uses it; its parts document their own.
class application {
public:
  // -- a program: defined in bennu::application -------------------------------

  /// Reads the command line and the configuration file. Ends the process when it cannot continue: with status 0 after
  /// `--help`, 2 after a clear error about an option, 1 when a file that an option names is not usable.
  /// REQUIRES: it is the first statement of `main`; no other thread runs yet.
  application(program what, int argc, char** argv);
  /// The same for a program without options of its own, that is called `name`.
  application(std::string name, int argc, char** argv);

  /// Starts, prints `ready PORT` on standard output, and returns after a stop signal or the end of the tree, when
  /// everything has drained and stopped.
  ///
  /// SIGTERM and SIGINT drain; a second one ends the process immediately. SIGHUP reads certificates again, reopens
  /// the log file and calls the function of `on_reload`. SIGUSR1 writes the supervision tree to standard error. A
  /// signal that was ignored when the program started stays ignored. Under systemd with `Type=notify` and
  /// `WatchdogSec` it sends READY, STOPPING and WATCHDOG (sd_notify(3)).
  ///
  /// @returns the exit status for `main`: 0 after a stop signal; 1 when the program could not start or the tree
  /// ended, with the reasons on standard error.
  int run();

  /// The content of `--secret-file`, for the program's own keys; empty without that option.
  const std::string& secret() const;

  /// Adds the program's own metrics to `/metrics`, for example a `prometheus::Registry`.
  application& collect(std::shared_ptr<prometheus::Collectable> own);

  /// Sets a function that is called at SIGHUP, on the thread that called `run`. An exception is logged.
  application& on_reload(std::function<void()> f);

  // -- what it serves: before it starts ---------------------------------------

  /// @throws what `cluster` and `server` throw: std::runtime_error when the options of the cluster or its certificates
  /// are not usable, std::invalid_argument when an address of a proxy is not one.
  explicit application(application_options options);
  ~application();

  // Each of the following throws std::logic_error after `start`, which reads them once.

  /// Adds an endpoint.
  /// @throws std::logic_error when another endpoint has the same path.
  application& serve(endpoint x);

  /// Adds the publish API, through which other services reach the topics.
  /// @throws std::logic_error when there is one already, or a route of its paths; std::invalid_argument when it has no
  /// key, or a malformed one.
  application& serve(publish_api x);

  /// Adds a route of HTTP.
  /// @throws std::logic_error when the method and the path have a handler already.
  application& route(std::string method, std::string path, http_handler handler, route_options limits = {});

  /// Serves the paths that have no route and no endpoint, for example with `static_files`.
  /// @throws std::logic_error when there is a fallback already.
  application& fallback(http_handler handler, route_options limits = {});

  /// Adds a child to the supervision tree, between pubsub and the server: it starts before the first client and stops
  /// after the last.
  /// @throws std::invalid_argument when the spec is invalid or its id is taken.
  application& supervise(child_spec child);

  // -- its life, for a program that does not call `run` -----------------------

  /// Binds the ports and starts the tree. Returns when every child is ready. REQUIRES: not called in an actor.
  /// @throws std::runtime_error with the reasons when the port cannot be bound or a child does not start;
  /// std::logic_error at a second call.
  void start();

  /// Drains and stops. Returns when the tree has ended. Idempotent.
  void stop();

  // -- its parts --------------------------------------------------------------

  caf::actor_system& system() noexcept; ///< for actors of the program's own
  node& home() noexcept;                ///< the node: its topics, presences and names
  server& web() noexcept;               ///< the server of the program

  /// The node's part of its cluster; null for a single node.
  cluster* part() noexcept;

  /// Whether the program runs for development (`--dev`): clients may see texts of crashes and cause crashes.
  bool is_in_dev_mode() const noexcept;

  /// The root of the supervision tree; null until `start` returns, and from the call of `stop` on. Thread safety: any
  /// thread.
  caf::actor root() const;

private:
  explicit application(std::shared_ptr<engine::program_life> life);
  void require_not_started(const char* what) const;

  std::unique_ptr<engine::application_parts> parts_;
};

/// A handler for the health checks of load balancers. It answers 200 with the name of the node, and 503 from the
/// moment the node begins to stop.
///
///     app.web().add("GET", "/health", health_of(app), {.answers_when_full = true});
///
/// REQUIRES: `app` outlives the connections of its server.
/// Thread safety: the handler may be called on any thread.
http_handler health_of(application& app);

} // namespace bennu
