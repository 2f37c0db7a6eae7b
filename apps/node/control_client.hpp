#pragma once

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace bennu::node_program {

/// The node refuses the request, for instance because it is not in dev mode.
struct refused_by_node : std::runtime_error {
  refused_by_node(unsigned code, const std::string& text) : std::runtime_error(text), status(code) {}

  unsigned status; ///< as in HTTP: 403
};

/// A connection to the `--control` socket of a running node. What was caused through it heals when it ends.
///
/// Thread safety: one thread uses it.
class control_client {
public:
  /// @throws std::runtime_error with the reason when no node listens there.
  explicit control_client(const std::filesystem::path& path);
  ~control_client();
  control_client(const control_client&) = delete;
  control_client& operator=(const control_client&) = delete;

  /// Asks, and waits for the answer.
  /// @returns the member `ok` of the answer
  /// @throws refused_by_node, or std::runtime_error when the node does not answer within five seconds.
  nlohmann::json ask(const nlohmann::json& request);

  /// Sends a signal to the process that listens at the socket, whose identity the kernel has told: never to another one
  /// that has got its number.
  /// @throws std::system_error when it is gone or belongs to another user.
  void signal(int number) const;

  /// For poll(2): readable without a question means that the connection has ended.
  int descriptor() const noexcept { return fd_; }

private:
  std::string read_line();

  int fd_ = -1;
  int process_ = -1; // a pidfd
  std::string path_;
  std::string input_;
};

} // namespace bennu::node_program
