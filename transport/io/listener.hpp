#pragma once

#include <functional>
#include <memory>

#include "transport/io/listening_socket.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

class accept_thread;

/// Accepts clients and passes them on. It accepts on a thread of its own, so a handler that blocks an io unit does not
/// delay new clients.
///
/// It takes no messages. The supervisor of the server starts it, `permanent`; its thread ends with it. When the process
/// has no descriptors left, it uses a spare one to turn clients away until there are descriptors again; established
/// clients are not affected. It emits `limit.hit` (descriptors) at most once a second.
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
