#pragma once

#include <chrono>
#include <memory>
#include <unordered_map>

#include <boost/asio/steady_timer.hpp>

#include "actors/endpoint.hpp"
#include "actors/unit_services.hpp"
#include "transport/idle_list.hpp"
#include "transport/io_unit.hpp"

namespace bennu {

/// What the sockets of one io unit share: the lists by which idle ones are found, swept by one timer.
/// Thread safety: none; used on its unit's thread.
class unit_sockets {
public:
  unit_sockets(io_unit& unit, unit_services& services);

  io_unit& unit() noexcept { return unit_; }
  unit_services& services() noexcept { return services_; }

  /// Clients of `x` that are heard of.
  idle_list& clients_of(const endpoint& x);

  /// Sessions whose close frame left: the peer has 5 s to answer, longer would let it hold the socket for nothing.
  idle_list& closing() noexcept { return closing_; }

  /// HTTP connections; they keep their own time.
  idle_list& requests() noexcept { return requests_; }

  /// Begins to sweep; call it on the unit's thread.
  void start();

  /// Closes every socket at once. Call it on the unit's thread.
  void stop();

private:
  void sweep_later();

  io_unit& unit_;
  unit_services& services_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
    timer_;
  std::unordered_map<const endpoint*, std::unique_ptr<idle_list>> clients_;
  idle_list closing_{std::chrono::seconds{5}};
  idle_list requests_{idle_list::duration::zero()};
  bool stopped_ = false;
};

} // namespace bennu
