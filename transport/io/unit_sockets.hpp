#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <unordered_map>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "actors/client/large_channels.hpp"
#include "actors/client/unit_services.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/idle_list.hpp"
#include "transport/io/io_unit.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

/// What the sockets of one io unit share: the lists in which idle ones are found; one timer sweeps them.
/// Thread safety: none; it is used on the thread of its unit.
class unit_sockets {
public:
  /// How long an HTTP client may take.
  struct timeouts {
    std::chrono::milliseconds request;    ///< for a request to arrive, or a response to leave
    std::chrono::milliseconds keep_alive; ///< between two requests
  };

  /// The memory of all units.
  struct budgets {
    buffer_budget unfinished; ///< requests and messages that have arrived in part
    buffer_budget unread;     ///< messages that clients do not read
  };

  /// REQUIRES: `memory` outlives this object.
  unit_sockets(io_unit& unit, unit_services& services, timeouts of_http, budgets& memory);
  ~unit_sockets();

  io_unit& unit() noexcept { return unit_; }
  unit_services& services() noexcept { return services_; }

  /// WebSocket clients of `x`, by their last activity.
  idle_list& clients_of(const endpoint& x) { return lists_of(x).clients; }

  /// WebSocket clients of `x` that get a ping when they stay silent.
  idle_list& pinged_of(const endpoint& x) { return lists_of(x).pinged; }

  /// WebSocket clients of `x` with output that they have not read.
  idle_list& unread_of(const endpoint& x) { return lists_of(x).unread; }

  /// Long polls of `x` that wait for messages.
  idle_list& polls_of(const endpoint& x) { return lists_of(x).polls; }

  /// Long-polling sessions of `x` without a poll.
  idle_list& silent_of(const endpoint& x) { return lists_of(x).silent; }

  /// A request from its last byte until its response is written. Its destructor ends it. Movable.
  class request_mark {
  public:
    request_mark() = default;
    explicit request_mark(std::atomic<size_t>& count) noexcept : count_(&count) { ++count; }
    request_mark(request_mark&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    request_mark& operator=(request_mark&& other) noexcept {
      std::swap(count_, other.count_);
      return *this;
    }
    ~request_mark() {
      if (count_ != nullptr)
        --*count_;
    }

  private:
    std::atomic<size_t>* count_ = nullptr;
  };

  request_mark begin_request() noexcept { return request_mark{requests_under_way_}; }

  /// How many such requests there are. Any thread may call it.
  size_t requests_under_way() const noexcept { return requests_under_way_; }

  /// Sessions that are closing. The peer has 5 s to read the waiting data, and again to answer the close; with more
  /// it could keep the socket for nothing.
  idle_list& closing() noexcept { return closing_; }

  /// Long-polling sessions that have sent everything and whose client may still be handling it. 100 ms: the official
  /// client handles each message in a separate task, and a browser's tasks take a few milliseconds; nothing waits for
  /// these sessions.
  idle_list& farewells() noexcept { return farewells_; }
  static constexpr auto time_to_handle = std::chrono::milliseconds{100};

  /// HTTP connections whose client must send or read.
  idle_list& requests() noexcept { return requests_; }

  /// The same for connections with a place in the reserve. 2 s: others wait for the place, and a health check is one
  /// packet.
  idle_list& reserve() noexcept { return reserve_; }

  /// HTTP connections between two requests.
  idle_list& kept_alive() noexcept { return kept_alive_; }

  /// The same for connections with which a client polls. A drain leaves them open, so that the client can fetch its
  /// last messages.
  idle_list& between_polls() noexcept { return between_polls_; }

  /// The incomplete requests and messages of the clients.
  buffer_list& buffers() noexcept { return buffers_; }

  /// What the clients do not read.
  buffer_list& unread_messages() noexcept { return unread_messages_; }

  /// HTTP connections whose client waits for the response of the application.
  idle_list& waiting() noexcept { return waiting_; }

  /// The server stops: closes the HTTP connections between two requests; the others end after their response. Call it
  /// on the thread of the unit.
  void drain();
  bool is_draining() const noexcept { return is_draining_; }

  /// Begins to sweep. Call it on the thread of the unit.
  void start();

  /// Closes every socket immediately. Call it on the thread of the unit.
  void stop();

private:
  struct lists {
    explicit lists(const socket_options& x);
    std::array<idle_list*, 5> all() noexcept { return {&clients, &pinged, &unread, &polls, &silent}; }
    idle_list clients, pinged, unread, polls, silent;
  };

  lists& lists_of(const endpoint& x);
  void sweep_later(std::chrono::milliseconds pause);
  bool sweep();

  io_unit& unit_;
  unit_services& services_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
    timer_;
  std::unordered_map<const endpoint*, std::unique_ptr<lists>> lists_;
  idle_list closing_{std::chrono::seconds{5}};
  idle_list farewells_{time_to_handle};
  idle_list requests_;
  idle_list reserve_{std::chrono::seconds{2}};
  idle_list kept_alive_;
  idle_list between_polls_;
  buffer_list buffers_;
  buffer_list unread_messages_;
  idle_list waiting_{idle_list::duration::zero()};
  std::atomic<size_t> requests_under_way_{0};
  large_channels channels_;
  bool is_draining_ = false;
  bool stopped_ = false;
};

} // namespace bennu::engine
