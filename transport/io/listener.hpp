#pragma once

#include <functional>
#include <memory>

#include <caf/intrusive_ptr.hpp>

#include "transport/io/listening_socket.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

class accept_loop;
class io_unit;

/// Accepts clients and passes them on.
///
/// It takes no messages. The supervisor of the server starts it, `permanent`, pinned to the first io unit. When the
/// process or the system has no descriptors left, it tries again after 100 ms; established clients are not affected.
class listener : public process {
public:
  /// `on_accept` receives each connected descriptor and owns it. It runs on the thread of the unit.
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
