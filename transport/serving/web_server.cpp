#include "transport/serving/web_server.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <stdexcept>
#include <utility>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/http/connection.hpp"
#include "transport/http/peer_address.hpp"
#include "transport/http/uri.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/listener.hpp"
#include "transport/serving/drainer.hpp"

namespace bennu::engine {

namespace {

// 308: the method and the body go with it (RFC 9110 §15.4.9).
http_handler redirect_to_https(uint16_t port) {
  return [port](const http_request& request, const http_reply& reply) {
    std::string host{request.header("Host")};
    const auto colon = host.rfind(':');
    if (colon != std::string::npos && host.find(']', colon) == std::string::npos)
      host.resize(colon);
    if (host.empty() || host.find_first_of("/\\@ ") != std::string::npos)
      return reply(http_response::text(400, "Bad Request: no host\n"));
    const auto where = "https://" + host + (port == 443 ? "" : ":" + std::to_string(port)) + request.target;
    reply({308, {{"Location", where}}, {}});
  };
}

// For the operator whose page cannot connect.
std::string how_to_allow(const endpoint& via, std::string_view origin) {
  if (!via.options().allowed_origins.empty())
    return "socket_options::allowed_origins of the endpoint does not name this origin";
  if (!is_origin_rule(origin))
    return "such a page (a file, or a frame in a sandbox) may connect only with --allow-origin '*', which allows all";
  return "pages of another host may not connect: if this one is yours, start with --allow-origin self --allow-origin "
         + std::string{origin} + ", or let the proxy pass on the header Host";
}

// Places for clients beyond the limit. So many may use the routes that are served when the server is full, or receive
// 503 over TLS, whose handshake costs a hundred times as much as the answer. The others are sent 503 before their
// request is read; over TLS their connection is closed.
constexpr size_t max_in_reserve = 64;

// What a process needs beside its clients: files, links of a cluster, a database.
constexpr size_t other_descriptors = 64;

constexpr std::string_view come_again =
  "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

constexpr std::string_view too_many_of_address =
  "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

} // namespace

web_server::web_server(web_server_services services, server_options options)
  : service(std::move(options)), system_(services.clients.system), connections_(services.clients.connections),
    scheduler_(io_scheduler::of(system_)), load_balancers_(service.options.proxy_protocol_from),
    memory_{buffer_budget{service.options.max_buffered_bytes, service.options.max_buffered_bytes_per_address},
            buffer_budget{service.options.max_unread_bytes, service.options.max_unread_bytes_per_address,
                          buffer_budget::unread}},
    websockets_(admission, scheduler_.unit_count()) {
  const auto report_limit = [&system = system_](std::string_view limit, const std::string& who) {
    if (auto* hub = telemetry::listening(system))
      hub->emit("limit.hit", {}, {{"limit", limit}, {"who", who}});
  };
  service.report_limit = report_limit;
  admission.ids = &services.clients.ids;
  admission.spans = &telemetry::of(system_);
  admission.report_crowded = [report_limit](const std::string& id) { report_limit("connections_per_id", id); };
  admission.report_refused = [&system = system_](const endpoint& via, transport_kind how, unsigned status,
                                                 std::string_view why) {
    if (auto* hub = telemetry::listening(system))
      hub->emit("connect.refused", {{"status", status}},
                {{"transport", how == transport_kind::websocket ? "websocket" : "longpoll"},
                 {"endpoint", via.path()},
                 {"why", why}});
  };
  admission.allowed_origins = service.options.allowed_origins;
  admission.report_origin = [&system = system_](const endpoint& via, std::string_view origin, std::string_view host) {
    if (auto* hub = telemetry::listening(system))
      hub->emit("origin.refused", {},
                {{"origin", origin}, {"host", host}, {"endpoint", via.path()}, {"advice", how_to_allow(via, origin)}});
  };
  admission.report = [&system = system_](std::string_view text) { report_handler_exception(system, text); };
  for (size_t i = 0; i < scheduler_.unit_count(); ++i) {
    const unit_sockets::timeouts of_http{service.options.request_timeout, service.options.keep_alive_timeout};
    units_.push_back(std::make_unique<unit_sockets>(scheduler_.unit(i), *services.units[i], of_http, memory_));
    scheduler_.unit(i).post([sockets = units_.back().get()] { sockets->start(); });
  }
  std::vector<unit_sockets*> all;
  for (auto& x : units_)
    all.push_back(x.get());
  polls_ = std::make_unique<longpoll>(std::move(services.self), services.calls, admission, service, all,
                                      service.options.secret);
  site_ = std::make_unique<web_site>(service, admission, websockets_, *polls_);
}

web_server::~web_server() {
  while (arrivals_.take()) {}
  for (auto& sockets : units_)
    sockets->unit().post([unit = sockets.get()] { unit->stop(); });
  // The handler that waited for a closed socket releases it some turns of the loop later.
  for (size_t turn = 0; turn < 3; ++turn)
    for (auto& sockets : units_) {
      std::promise<void> passed;
      sockets->unit().post([&] { passed.set_value(); });
      passed.get_future().wait();
    }
}

void web_server::listen() {
  auto& options = service.options;
  if (options.tls.enabled())
    tls_ = std::make_unique<tls_context>(options.tls);
  reserve_ = std::make_unique<http_service>(service, max_in_reserve);
  reserve_site_ = std::make_unique<routes_only>(*reserve_);
  warn_of_few_descriptors();
  const auto count = std::max(1U, options.acceptors);
  if (count > 1 && options.bind.starts_with("unix:"))
    throw std::invalid_argument(
      "several acceptors share a port (SO_REUSEPORT), which a Unix socket does not have: use one acceptor with "
      + options.bind);
  for (unsigned i = 0; i < count; ++i)
    sockets_.push_back(
      std::make_shared<listening_socket>(options.bind, i == 0 ? options.port : port(), options.backlog, count > 1));
  if (!tls_ || !options.redirect_port)
    return;
  redirecting_ = std::make_shared<listening_socket>(options.bind, *options.redirect_port, options.backlog);
  redirects_ = std::make_unique<http_service>(options);
  redirects_->report_limit = service.report_limit;
  redirects_->add_fallback(redirect_to_https(port()));
  redirecting_site_ = std::make_unique<routes_only>(*redirects_);
}

void web_server::reload_certificate() {
  if (!tls_)
    return;
  tls_->reload();
  if (auto* hub = telemetry::listening(system_))
    hub->emit("certificate.reloaded", {}, {{"file", service.options.tls.certificate_file}});
}

void web_server::warn_of_few_descriptors() const {
  rlimit files{};
  const auto wanted = service.options.max_connections + max_in_reserve + other_descriptors;
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted)
    return;
  if (auto* hub = telemetry::listening(system_))
    hub->emit("limit.descriptors",
              {{"descriptors", static_cast<int64_t>(files.rlim_cur)},
               {"max_connections", static_cast<int64_t>(service.options.max_connections)}},
              {{"advice", "the process may have fewer descriptors than max_connections needs: raise LimitNOFILE or "
                          "ulimit -n, or lower max_connections"}});
}

// -- on the threads that accept ------------------------------------------------

void web_server::accepted(int fd) {
  auto slot = connection_slot::take(service.clients);
  const bool full = !slot;
  if (full) {
    limit_hit(system_, "connections");
    slot = connection_slot::take(reserve_->clients);
  }
  if (!slot)
    return turn_away(fd, come_again, tls_ != nullptr);
  arrivals_.put({fd, std::move(slot), full ? *reserve_site_ : *site_, tls_ != nullptr});
  wake_next_unit();
}

void web_server::accepted_for_redirect(int fd) {
  auto slot = connection_slot::take(service.clients);
  if (!slot) {
    limit_hit(system_, "connections");
    return turn_away(fd, come_again, false);
  }
  arrivals_.put({fd, std::move(slot), *redirecting_site_, false});
  wake_next_unit();
}

void web_server::wake_next_unit() {
  auto& home = *units_[next_unit_.fetch_add(1, std::memory_order_relaxed) % units_.size()];
  home.unit().post([this, &home] { take_arrival(home); });
}

// A unit that was woken and has taken no client is blocked by a handler, so that another unit is woken.
bool web_server::wake_again() {
  if (arrivals_.empty())
    return false;
  wake_next_unit();
  return true;
}

// A client of TLS could not read the answer.
void web_server::turn_away(int fd, std::string_view answer, bool is_secure) {
  if (!is_secure)
    (void)::send(fd, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(fd, SHUT_WR);
  std::array<char, 4096> unread; // NOLINT: filled by recv; with it in the kernel the client might lose the answer
  (void)::recv(fd, unread.data(), unread.size(), MSG_DONTWAIT);
  ::close(fd);
}

// -- on the io units ------------------------------------------------------------

void web_server::take_arrival(unit_sockets& home) {
  auto client = arrivals_.take();
  if (!client)
    return;
  auto peer = peer_address_of(client->descriptor());
  if (!load_balancers_.trusts(peer))
    return serve(home, std::move(*client), std::move(peer));
  const int fd = client->release();
  auto rest = std::make_shared<arrival>(std::move(*client));
  auto& until = rest->slot.is_reserve() ? home.reserve() : home.requests();
  read_proxy_header(home, fd, until, [this, &home, rest, peer](int same, auto address) {
    serve(home, {same, std::move(rest->slot), *rest->by, rest->secure}, address.value_or(peer));
  });
}

void web_server::serve(unit_sockets& home, arrival client, std::string address) {
  const int fd = client.release();
  auto place = service.place_for(address);
  if (!place)
    return turn_away(fd, too_many_of_address, client.secure);
  client.slot.of_address = std::move(*place);
  accepted_client accepted{client.secure ? tls_->accept(fd) : make_socket_stream(fd), std::move(client.slot),
                           std::move(address)};
  serve_http(*client.by, home, std::move(accepted));
}

child_spec web_server::listening(std::string name, std::shared_ptr<listening_socket> socket, bool is_secure,
                                 std::function<void(int)> on_accept) {
  const listener::callbacks to{std::move(on_accept),
                               [this, is_secure](int fd) { turn_away(fd, come_again, is_secure); },
                               [this] { return wake_again(); }};
  return child_spec{std::move(name), [socket, to](caf::event_based_actor* parent, const start_cause&) -> start_result {
                      return caf::actor{parent->spawn<listener>(socket, to)};
                    }};
}

std::vector<child_spec> web_server::children() {
  std::vector<child_spec> result;
  for (size_t i = 0; i < sockets_.size(); ++i)
    result.push_back(listening(i == 0 ? "listener" : "listener " + std::to_string(i + 1), sockets_[i], tls_ != nullptr,
                               [this](int fd) { accepted(fd); }));
  if (redirecting_)
    result.push_back(
      listening("redirects to https", redirecting_, false, [this](int fd) { accepted_for_redirect(fd); }));
  std::vector<unit_sockets*> units;
  for (auto& x : units_)
    units.push_back(x.get());
  child_spec draining{
    "drainer", [this, units](caf::event_based_actor* parent, const start_cause&) -> start_result {
      return caf::actor{parent->spawn<drainer>(drainer_services{admission, service, *polls_, units, connections_})};
    }};
  draining.shutdown = shutdown_policy::within(service.options.drain_timeout + std::chrono::seconds{5});
  result.push_back(std::move(draining));
  return result;
}

} // namespace bennu::engine
