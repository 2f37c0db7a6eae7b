#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <sys/types.h>

#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// A bound TCP or Unix socket. It stays open when the actor that accepts from it restarts, so that clients in the
/// kernel's queue are not lost.
class listening_socket {
public:
  /// @param address numeric, IPv4 or IPv6, or `unix:PATH`. A dead socket at that path is replaced; one with a running
  /// server is not
  /// @param shared whether other sockets of this server listen on the same port (SO_REUSEPORT)
  /// @param mode the permissions of a Unix socket's file, less what the umask takes away. It has them from its first
  /// moment, whatever other threads do
  /// @throws std::runtime_error with address and reason when the address is malformed, in use or not permitted.
  listening_socket(const std::string& address, uint16_t port, int backlog, bool shared = false, mode_t mode = 0777);
  ~listening_socket();
  listening_socket(const listening_socket&) = delete;
  listening_socket& operator=(const listening_socket&) = delete;

  /// The port, also when any free port was requested; 0 for a Unix socket.
  uint16_t port() const noexcept { return port_; }
  int descriptor() const noexcept { return fd_; }

private:
  void open_unix(const std::string& path, int backlog, mode_t mode);
  void open_tcp(const std::string& address, uint16_t port, int backlog, bool shared);

  int fd_ = -1;
  uint16_t port_ = 0;
  std::string path_; ///< the path of a Unix socket, which is removed in the end
  dev_t device_ = 0; ///< with `inode_`: which file is its own
  ino_t inode_ = 0;
};

/// Whether this error of accept(2) says that the socket itself will never accept again, not that one client has gone.
bool accepts_no_more(int error) noexcept;

class accept_thread;

/// Accepts clients and passes them on. It accepts on its own thread, so that a handler that blocks an io unit does not
/// delay new clients.
///
/// It takes no messages. The supervisor of the server starts it, `permanent`; its thread ends with it. When the process
/// has no descriptors left, it uses a spare one to turn clients away until there are descriptors again; established
/// clients are not affected. It emits `limit.hit` (descriptors) at most once a second.
///
/// When the socket itself is lost (it was closed or shut down), it crashes with the reason. A restart does not help
/// then, so that its supervisor gives up and the program ends.
class listener : public process {
public:
  /// The first two receive a connected descriptor and own it. All run on the thread of the listener.
  struct callbacks {
    std::function<void(int)> accepted;
    std::function<void(int)> turned_away; ///< no descriptor is left to serve this client: answer and close it at once
    std::function<bool()> wake_again;     ///< called every 20 ms after an accept, as long as it returns true
  };

  listener(caf::actor_config& config, std::shared_ptr<listening_socket> socket, callbacks to);
  ~listener() override;

  std::string label() const override { return "listener"; }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  std::unique_ptr<accept_thread> thread_;
};

} // namespace bennu::engine
