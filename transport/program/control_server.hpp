#pragma once

#include <functional>
#include <list>
#include <string>
#include <thread>

#include <nlohmann/json_fwd.hpp>

#include "transport/io/listener.hpp"

namespace bennu {
class application;
} // namespace bennu

namespace bennu::engine {

class observer_service;

/// Answers tools on this machine at a Unix socket. A line is a request in JSON, and gets a line as its answer:
///
///     {"do": "who"}        {"ok": {"name": "a", …}}
///     {"do": "explode"}    {"error": {"status": 404, "text": "…"}}
///
/// Only processes of the same user, and root, are served. What a tool leaves behind ends with its connection, also when
/// it is killed. A tool that has not read an answer after two seconds loses its connection; the others wait until then.
///
/// Thread safety: the thread that made it destroys it. Everything else happens on a thread of its own.
class control_server {
public:
  /// What one connection asks. It is destroyed when the connection ends.
  using session = std::function<nlohmann::json(const nlohmann::json& request)>;

  /// How deep the lists and objects of a request may be nested. 16: a fault has two levels.
  static constexpr int max_depth = 16;

  /// The largest request. 64 KiB: a hundred times the largest fault.
  static constexpr size_t max_request_bytes = 64 << 10;

  /// Connections at the same time; more are closed at once. 16: a few tools for each of a few people.
  static constexpr size_t max_sessions = 16;

  /// @throws std::runtime_error with the reason when the socket cannot be made.
  control_server(const std::string& path, std::function<session()> begin);

  /// Ends all connections.
  ~control_server();
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;

private:
  struct connection {
    int fd = -1;
    session answer;
    std::string input;
  };

  void run();
  void accept_one();
  bool read(connection& x);

  const std::function<session()> begin_;
  listening_socket socket_;
  const int quit_;                    // an eventfd
  std::list<connection> connections_; // used by the thread
  bool rests_ = false;                // used by the thread: there was no descriptor for a connection
  std::thread thread_;
};

/// `{"error": {"status": 403, "text": …}}`. The statuses are those of HTTP: 400 a request that makes no sense, such as
/// a malformed fault, 403 not allowed here, 404 an unknown command, 409 not possible on this node at present.
nlohmann::json control_error(unsigned status, const std::string& text);

/// What a tool can ask of a running program, see `control_server`:
///
///     {"do": "who"}                          {"ok": {"name": "a", "dev": true}}
///     {"do": "tree"}                         {"ok": the supervision tree, as `to_json(tree_node)` writes it}
///     {"do": "fault", "fault": {…}}          {"ok": {"id": 3}}     the fault is caused from now on
///     {"do": "heal", "id": 3}                {"ok": {"hits": 2}}   it has ended, and had applied twice
///     {"do": "heal"}                         {"ok": {}}            all faults of this connection have ended
///     {"do": "ask", "view": "overview"}      {"ok": {…}}           what an observer sees; with `params` if necessary
///     {"do": "act", "action": "drain", …}    {"ok": {"text": …}}   what an observer does
///
/// Faults are for development: without `--dev` they are refused with 403.
///
/// @returns the session of one connection. REQUIRES: the application has started, and outlives it.
/// `observer` may be null: then nobody is observed.
control_server::session control_session(application& app, observer_service* observer = nullptr);

} // namespace bennu::engine
