#pragma once

#include "transport/admission/client_admission.hpp"
#include "transport/http/service.hpp"
#include "transport/http/site.hpp"
#include "transport/longpoll/longpoll.hpp"
#include "transport/websocket/upgrade.hpp"

namespace bennu::engine {

/// What a server answers: its routes, and WebSockets and long polling at its endpoints. REQUIRES: the parts outlive it.
class web_site final : public http_site {
public:
  web_site(const http_service& routes, const client_admission& endpoints, websockets& sockets, longpoll& polls)
    : routes_(routes), endpoints_(endpoints), sockets_(sockets), polls_(polls) {}

  const http_service& service() const noexcept override { return routes_; }

  request_gate::verdict judge(const http_request& head) const override {
    if (endpoints_.websocket_at(head.path) != nullptr)
      return body_terms{};
    return endpoints_.longpoll_at(head.path) != nullptr ? polls_.judge(head) : routes_.judge(head);
  }

  /// Polls are answered when their sessions end, or wait for another node.
  bool is_awaited(const http_request& request) const override {
    return endpoints_.longpoll_at(request.path) == nullptr;
  }

  std::optional<upgraded> upgrade(unit_sockets& here, const http_request& request) const override {
    const auto* via = endpoints_.websocket_at(request.path);
    return via != nullptr ? std::optional{sockets_.upgrade(here, *via, request)} : std::nullopt;
  }

  void serve(unit_sockets& here, http_request request, http_reply reply) const override {
    if (const auto* via = endpoints_.longpoll_at(request.path))
      return polls_.serve(here, *via, std::move(request), std::move(reply));
    routes_.serve(std::move(request), std::move(reply));
  }

private:
  const http_service& routes_;
  const client_admission& endpoints_;
  websockets& sockets_;
  longpoll& polls_;
};

/// What a server without endpoints answers: redirects to https, or the refusals of a full server.
class routes_only final : public http_site {
public:
  explicit routes_only(const http_service& routes) : routes_(routes) {}

  const http_service& service() const noexcept override { return routes_; }
  request_gate::verdict judge(const http_request& head) const override { return routes_.judge(head); }
  bool is_awaited(const http_request&) const override { return true; }
  std::optional<upgraded> upgrade(unit_sockets&, const http_request&) const override { return std::nullopt; }
  void serve(unit_sockets&, http_request request, http_reply reply) const override {
    routes_.serve(std::move(request), std::move(reply));
  }

private:
  const http_service& routes_;
};

} // namespace bennu::engine
