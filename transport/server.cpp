#include "transport/server.hpp"

#include <chrono>
#include <future>

#include <sys/socket.h>
#include <unistd.h>

#include "transport/drainer.hpp"
#include "transport/http_connection.hpp"
#include "transport/listener.hpp"
#include "transport/reports.hpp"

namespace bennu {

server::server(node& home, server_options options)
  : home_(home), scheduler_(io_scheduler::of(home.system)), service_(std::move(options)) {
  for (size_t i = 0; i < scheduler_.unit_count(); ++i) {
    units_.push_back(std::make_unique<unit_sockets>(scheduler_.unit(i), home_.unit(i)));
    scheduler_.unit(i).post([sockets = units_.back().get()] { sockets->start(); });
  }
  std::vector<unit_sockets*> all;
  for (auto& x : units_)
    all.push_back(x.get());
  polls_ = std::make_unique<longpoll>(service_, std::move(all), service_.options.secret);
}

server::~server() {
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

void server::listen() {
  auto& options = service_.options;
  socket_ = std::make_shared<listening_socket>(options.bind, options.port, options.backlog);
}

void server::deal_out(int fd) {
  auto slot = connection_slot::take(service_.clients);
  if (!slot)
    return refuse(fd);
  auto& home = *units_[next_unit_++ % units_.size()];
  if (&home.unit() == io_unit::current())
    return serve_http(service_, *polls_, home, fd, std::move(slot));
  auto shared = std::make_shared<connection_slot>(std::move(slot));
  home.unit().post([this, &home, fd, shared] { serve_http(service_, *polls_, home, fd, std::move(*shared)); });
}

void server::refuse(int fd) {
  limit_hit(home_.system, "connections");
  constexpr std::string_view answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  (void)::send(fd, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(fd, SHUT_WR);
  ::close(fd);
}

std::vector<child_spec> server::children() {
  child_spec listening{"listener", [this](caf::event_based_actor* parent, const start_cause&) -> start_result {
                         return caf::actor{parent->spawn<listener>(std::ref(scheduler_.unit(0)), socket_,
                                                                   [this](int fd) { deal_out(fd); })};
                       }};
  child_spec draining{"drainer", [this](caf::event_based_actor* parent, const start_cause&) -> start_result {
                        return caf::actor{parent->spawn<drainer>(std::ref(*this))};
                      }};
  draining.shutdown = shutdown_policy::within(service_.options.drain_timeout + std::chrono::seconds{5});
  std::vector<child_spec> result;
  result.push_back(std::move(listening));
  result.push_back(std::move(draining));
  return result;
}

} // namespace bennu
