#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/http_service.hpp"
#include "transport/longpoll_session.hpp"
#include "transport/token.hpp"

namespace bennu {

class unit_sockets;

/// A long-polling answer: JSON that no cache keeps and every origin may read (origins are checked by us).
http_response longpoll_response(std::string body);

/// Serves `…/longpoll` of every endpoint: opens sessions, finds them again by their signed token on whichever io unit they live, and
/// hands GETs and POSTs to them.
///
/// HTTP's status is 200 and the answer's own `status` says what became of the request, as Phoenix's clients expect; faults of the server
/// and other methods than GET, POST and OPTIONS have HTTP statuses. Source: Phoenix.Transports.LongPoll.
///
/// Thread safety: `serve` may be called on any io unit.
class longpoll {
public:
  /// `units` are all io units, in order. REQUIRES: they and `service` outlive it.
  longpoll(const http_service& service, std::vector<unit_sockets*> units, std::string secret);

  /// Answers a request of a client at `via`. To be called on the unit `here`, where a new session will live.
  void serve(unit_sockets& here, const endpoint& via, http_request request, http_reply reply) const;

private:
  void open(unit_sockets& here, const endpoint& via, const http_request& request, const http_reply& reply) const;
  void poll(unit_sockets& here, const endpoint& via, http_request request, http_reply reply) const;
  void publish(http_request request, http_reply reply) const;

  /// Calls `found` with the session of the request's token, on its unit; with null, on this one, when there is none.
  void find(const http_request& request, std::function<void(longpoll_session*)> found) const;

  const http_service& service_;
  std::vector<unit_sockets*> units_;
  token_keys keys_;
};

} // namespace bennu
