#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/cluster/calls/node_calls.hpp"
#include "actors/cluster/link/link.hpp"
#include "transport/admission/client_admission.hpp"
#include "transport/http/service.hpp"
#include "transport/longpoll/session.hpp"
#include <bennu/transport/token.hpp>

namespace bennu::engine {

class unit_sockets;

/// A long-polling response: JSON that is never cached and that every origin may read (the server checks origins).
http_response longpoll_response(std::string body);

/// Counts what a stranger can cause at will and an operator should read about: tells when it is time for a report.
///
/// Thread safety: any thread may use it.
class suspicions {
public:
  using clock = std::chrono::steady_clock;

  /// @returns how many there were since the last report, this one included, when it is time for one; else 0. The first
  /// one is reported at once, the later ones at most once per hour.
  size_t add(clock::time_point now) {
    std::lock_guard guard{mutex_};
    ++count_;
    if (now < next_report_)
      return 0;
    next_report_ = now + std::chrono::hours{1};
    return std::exchange(count_, 0);
  }

private:
  std::mutex mutex_;
  size_t count_ = 0;
  clock::time_point next_report_ = clock::time_point::min();
};

/// Serves `…/longpoll` of every endpoint. It opens sessions, finds them again by their signed token, on any io unit
/// of any node, and passes GETs and POSTs to them.
///
/// A session of another node is reached over the link of the cluster, if all nodes sign with the same secret. When
/// its node is not connected or does not answer, the session counts as gone: the client begins another one and
/// rejoins its channels.
///
/// A refused connect is answered `{"status":403,"refused_with":402,"body":"pay first"}`, because the official client
/// knows no status but 403.
///
/// The status of HTTP is 200, and the `status` in the JSON is the result, as Phoenix's clients expect. Server errors,
/// and other methods than GET, POST and OPTIONS, have HTTP statuses. Source: Phoenix.Transports.LongPoll.
///
/// Thread safety: `serve` may be called on any io unit.
class longpoll {
public:
  /// @param self this node, as other nodes know it
  /// @param calls asks other nodes
  /// @param units all io units, in order
  /// REQUIRES: `calls`, `by`, `service` and the units outlive it; the supervision tree has not started.
  longpoll(peer self, node_calls& calls, const client_admission& by, const http_service& service,
           const std::vector<unit_sockets*>& units, std::string secret);

  /// How many sessions there are. Any thread may ask.
  size_t sessions() const noexcept;

  /// The limit for the body of a request, by its head. A client without a valid token may send little, because it is
  /// answered 410 anyway.
  request_gate::verdict judge(const http_request& head) const;

  /// Answers a request of a client at `via`. Call it on the unit `here`, where a new session will live.
  void serve(unit_sockets& here, const endpoint& via, http_request request, http_reply reply);

private:
  /// Where a session lives.
  struct place {
    peer node;
    size_t unit = 0;
    std::string id;
  };

  void open(unit_sockets& here, const endpoint& via, const http_request& request, const http_reply& reply);
  void poll(unit_sockets& here, const endpoint& via, http_request request, http_reply reply);
  void publish(const endpoint& via, http_request request, http_reply reply) const;

  std::optional<place> place_of(std::string_view token) const;

  /// Reports as `longpoll.unexpected_token`, at most once per hour, how many tokens are not this server's although they
  /// seem to be made since this server started. A token from before a restart is usual.
  void suspect(std::string_view token) const;
  bool is_here(const place& x) const;

  /// Calls `found` with the session on its unit; with null, on this or that unit, when there is none.
  void find(const place& at, std::function<void(longpoll_session*)> found) const;

  /// Lets another node answer. Calls `gone` on this unit when there is no session or no answer.
  void relay(const place& to, const http_request& request, std::string_view token, std::chrono::milliseconds window,
             http_reply reply, std::function<void()> gone) const;

  /// Answers a request of another node.
  void serve_relayed(std::string body, node_calls::give_answer answer) const;

  const peer self_;
  node_calls& calls_;
  const client_admission& admission_;
  const http_service& service_;
  std::deque<longpoll_table> tables_; ///< one for each unit, in order
  token_keys keys_;
  const token_keys::clock::time_point started_ = token_keys::clock::now();
  mutable suspicions suspicions_;
};

} // namespace bennu::engine
