#include "transport/serving/web_server.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "transport/http/connection.hpp"
#include "transport/io/listener.hpp"
#include "transport/io/reports.hpp"
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

// A handshake costs a hundred times what the answer does: so many of those who are too many get it at a time, the others a closed
// connection.
constexpr size_t max_refused_by_tls = 64;

void refuse_all(const http_request&, const http_reply& reply) {
  reply({.status = 503, .headers = {{"Retry-After", "1"}}, .body = {}, .closes = true});
}

} // namespace

web_server::web_server(web_server_services services, server_options options)
  : service(std::move(options)), system_(services.clients.system), connections_(services.clients.connections),
    scheduler_(io_scheduler::of(system_)) {
  service.report_refused = [&system = system_](const endpoint& via, transport_kind how, unsigned status,
                                               std::string_view why) {
    if (auto* hub = telemetry::listening(system))
      hub->emit("connect.refused", {{"status", status}},
                {{"transport", how == transport_kind::websocket ? "websocket" : "longpoll"},
                 {"endpoint", via.path()},
                 {"why", why}});
  };
  service.report = [&system = system_](std::string_view text) { report_handler_exception(system, text); };
  for (size_t i = 0; i < scheduler_.unit_count(); ++i) {
    units_.push_back(
      std::make_unique<unit_sockets>(scheduler_.unit(i), *services.units[i], service.options.request_timeout));
    scheduler_.unit(i).post([sockets = units_.back().get()] { sockets->start(); });
  }
  std::vector<unit_sockets*> all;
  for (auto& x : units_)
    all.push_back(x.get());
  polls_ = std::make_unique<longpoll>(std::move(services.self), services.calls, service, std::move(all),
                                      service.options.secret);
}

web_server::~web_server() {
  for (auto& sockets : units_)
    sockets->unit().post([unit = sockets.get()] { unit->stop(); });
  // A closed socket is let go by the handler that waited for it: some turns of the loop later.
  for (size_t turn = 0; turn < 3; ++turn)
    for (auto& sockets : units_) {
      std::promise<void> passed;
      sockets->unit().post([&] { passed.set_value(); });
      passed.get_future().wait();
    }
}

void web_server::listen() {
  auto& options = service.options;
  if (options.tls.enabled()) {
    tls_ = std::make_unique<tls_context>(options.tls);
    auto of_refused = options;
    of_refused.max_connections = max_refused_by_tls;
    refuses_ = std::make_unique<http_service>(std::move(of_refused));
    refuses_->add_fallback(refuse_all);
  }
  const auto count = std::max(1U, options.acceptors);
  if (count > 1 && options.bind.starts_with("unix:"))
    throw std::invalid_argument(
      "several acceptors share a port (SO_REUSEPORT), which a Unix socket has not: use one with " + options.bind);
  for (unsigned i = 0; i < count; ++i)
    sockets_.push_back(
      std::make_shared<listening_socket>(options.bind, i == 0 ? options.port : port(), options.backlog, count > 1));
  if (!tls_ || !options.redirect_port)
    return;
  redirecting_ = std::make_shared<listening_socket>(options.bind, *options.redirect_port, options.backlog);
  redirects_ = std::make_unique<http_service>(options);
  redirects_->add_fallback(redirect_to_https(port()));
}

void web_server::reload_certificate() {
  if (!tls_)
    return;
  tls_->reload();
  if (auto* hub = telemetry::listening(system_))
    hub->emit("certificate.reloaded", {}, {{"file", service.options.tls.certificate_file}});
}

void web_server::deal_out(int fd) {
  auto slot = connection_slot::take(service.clients);
  auto& home = *units_[next_unit_.fetch_add(1, std::memory_order_relaxed) % units_.size()];
  if (!slot && tls_)
    if (auto place = connection_slot::take(refuses_->clients)) {
      limit_hit(system_, "connections");
      return serve(*refuses_, home, tls_->accept(fd), std::move(place));
    }
  if (!slot)
    return refuse(fd);
  serve(service, home, tls_ ? tls_->accept(fd) : make_socket_stream(fd), std::move(slot));
}

void web_server::redirect(int fd) {
  auto slot = connection_slot::take(service.clients);
  slot ? serve(*redirects_, *units_.front(), make_socket_stream(fd), std::move(slot)) : refuse(fd);
}

void web_server::serve(const http_service& by, unit_sockets& home, std::unique_ptr<stream> client,
                       connection_slot slot) {
  if (&home.unit() == io_unit::current())
    return serve_http(by, *polls_, home, std::move(client), std::move(slot));
  auto shared =
    std::make_shared<std::pair<std::unique_ptr<stream>, connection_slot>>(std::move(client), std::move(slot));
  home.unit().post(
    [this, &by, &home, shared] { serve_http(by, *polls_, home, std::move(shared->first), std::move(shared->second)); });
}

void web_server::refuse(int fd) {
  limit_hit(system_, "connections");
  constexpr std::string_view answer =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  if (!tls_)
    (void)::send(fd, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(fd, SHUT_WR);
  ::close(fd);
}

child_spec web_server::listening(std::string name, size_t unit, std::shared_ptr<listening_socket> socket,
                                 std::function<void(int)> on_accept) {
  return child_spec{
    std::move(name),
    [this, unit, socket, on_accept](caf::event_based_actor* parent, const start_cause&) -> start_result {
      return caf::actor{parent->spawn<listener>(std::ref(scheduler_.unit(unit)), socket, on_accept)};
    }};
}

std::vector<child_spec> web_server::children() {
  std::vector<child_spec> result;
  for (size_t i = 0; i < sockets_.size(); ++i)
    result.push_back(listening(i == 0 ? "listener" : "listener " + std::to_string(i + 1), i % units_.size(),
                               sockets_[i], [this](int fd) { deal_out(fd); }));
  if (redirecting_)
    result.push_back(listening("redirects to https", 0, redirecting_, [this](int fd) { redirect(fd); }));
  std::vector<unit_sockets*> units;
  for (auto& x : units_)
    units.push_back(x.get());
  child_spec draining{"drainer", [this, units](caf::event_based_actor* parent, const start_cause&) -> start_result {
                        return caf::actor{parent->spawn<drainer>(drainer_services{service, units, connections_})};
                      }};
  draining.shutdown = shutdown_policy::within(service.options.drain_timeout + std::chrono::seconds{5});
  result.push_back(std::move(draining));
  return result;
}

} // namespace bennu::engine
