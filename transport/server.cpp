#include <bennu/transport/server.hpp>

#include <utility>

#include "actors/node/node_parts.hpp"
#include "transport/serving/web_server.hpp"

namespace bennu {

using namespace engine;

namespace {

web_server_services services_of(node_parts& parts) {
  web_server_services result{parts.self(), parts.calls, parts.clients, {}};
  for (const auto& x : parts.units)
    result.units.push_back(x.get());
  return result;
}

} // namespace

server::server(node& home, server_options options)
  : home_(home), engine_(std::make_unique<web_server>(services_of(home.parts()), std::move(options))) {}

server::~server() = default;

server& server::add(endpoint x) {
  home_.parts().keep_histories(x);
  engine_->admission.add(std::move(x));
  return *this;
}

server& server::add(std::string method, std::string path, http_handler handler, route_options limits) {
  engine_->service.add(std::move(method), std::move(path), std::move(handler), limits);
  return *this;
}

server& server::add_errors(std::string path, http_error_form form) {
  engine_->service.add_errors(std::move(path), std::move(form));
  return *this;
}

bool server::has(std::string_view method, std::string_view path) const noexcept {
  return engine_->service.has(method, path);
}

bool server::has_channel(std::string_view topic) const noexcept {
  return engine_->admission.has_channel(topic);
}

server& server::add_fallback(http_handler handler, route_options limits) {
  engine_->service.add_fallback(std::move(handler), limits);
  return *this;
}

void server::listen() {
  engine_->listen();
}

uint16_t server::port() const noexcept {
  return engine_->port();
}

uint16_t server::redirect_port() const noexcept {
  return engine_->redirect_port();
}

void server::reload_certificate() {
  engine_->reload_certificate();
}

size_t server::clients() const noexcept {
  return engine_->service.clients.now();
}

bool server::is_draining() const noexcept {
  return engine_->admission.is_draining;
}

std::vector<child_spec> server::children() {
  return engine_->children();
}

} // namespace bennu
