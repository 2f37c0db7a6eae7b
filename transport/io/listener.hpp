#pragma once

#include <functional>
#include <memory>

#include <caf/intrusive_ptr.hpp>

#include "transport/io/listening_socket.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

class accept_loop;
class io_unit;

/// Accepts clients and deals them out.
///
/// Takes no messages. Started by the server's supervisor, `permanent`, pinned to the first io unit. When the process or the
/// system has no descriptors left it waits 100 ms and tries again; established clients are not disturbed.
class listener : public process {
public:
  /// `on_accept` gets each connected descriptor and owns it; it is called on the unit's thread.
  listener(caf::actor_config& config, io_unit& unit, std::shared_ptr<listening_socket> socket,
           std::function<void(int)> on_accept);
  ~listener() override;

  std::string label() const override { return "listener"; }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  caf::intrusive_ptr<accept_loop> loop_;
};

} // namespace bennu::engine
