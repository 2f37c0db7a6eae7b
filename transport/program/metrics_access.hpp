#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "transport/http/peer_address.hpp"
#include "transport/io/listener.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// Who may read `/metrics`. Numbers tell strangers how busy a service is and when it fails, so that without settings
/// only this machine may read them. Immutable; any thread may use it.
class metrics_access {
public:
  /// @param from addresses, ranges and `unix`; empty: this machine over TCP, by a request without a proxy's headers
  /// whose `Host` is `localhost`, a loopback address or absent. That does not recognize a proxy on this machine that
  /// adds no header and replaces the host.
  /// @param token_file its first line that is neither empty nor begins with `#` is the token that a request must carry
  /// (`Authorization: Bearer …`); empty: none
  /// @throws std::runtime_error when the file cannot be read, holds no token, or everybody on the machine can read it;
  /// std::invalid_argument for a range
  metrics_access(const std::vector<std::string>& from, const std::string& token_file);

  /// 0: it may read; else the status of the refusal.
  unsigned refusal_of(const http_request& x) const;

  /// Whether somebody outside of this machine may read, if the port can be reached.
  bool is_open_to_others() const noexcept { return !only_here_ || !token_.empty(); }

  /// The response: what `text` returns, or the refusal.
  http_response answer(const http_request& x, const std::function<std::string()>& text) const;

private:
  trusted_proxies from_;
  bool only_here_;
  std::string token_;
};

/// Serves `GET /metrics` on a port of its own and on its own thread, so that the numbers can be read while the io units
/// are busy, and the port for clients does not offer them.
///
/// At most eight connections at a time, each for one request, which has five seconds. Thread safety: only its thread
/// uses it.
class metrics_port {
public:
  /// @param address HOST:PORT with a numeric host; port 0: any free one
  /// @throws std::runtime_error when it cannot listen there; when the address can be reached from other machines and
  /// `access` names nobody there
  metrics_port(const std::string& address, metrics_access access, std::function<std::string()> text);
  ~metrics_port();
  metrics_port(const metrics_port&) = delete;
  metrics_port& operator=(const metrics_port&) = delete;

  uint16_t port() const noexcept { return socket_.port(); }

private:
  struct connection;
  void run();
  void accept_one(std::vector<connection>& to) const;
  bool serve(connection& x) const;

  const metrics_access access_;
  const std::function<std::string()> text_;
  listening_socket socket_;
  const int quit_; // an eventfd
  std::thread thread_;
};

} // namespace bennu::engine
