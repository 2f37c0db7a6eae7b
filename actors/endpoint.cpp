#include <bennu/actors/endpoint.hpp>

#include <stdexcept>

#include "actors/client/channel_route.hpp"
#include "actors/wire/application_serializer.hpp"
#include "supervision/process/crash_report.hpp"

namespace bennu {

using namespace engine;

endpoint::endpoint(std::string path) : path_(std::move(path)) {
  if (path_.empty() || path_.front() != '/')
    throw std::invalid_argument("endpoint \"" + path_ + "\": a path begins with /");
}

endpoint::~endpoint() = default;
endpoint::endpoint(endpoint&&) noexcept = default;
endpoint& endpoint::operator=(endpoint&&) noexcept = default;

const channel_route* endpoint::route_of(std::string_view topic) const noexcept {
  for (auto& x : routes_)
    if (x->pattern.matches(topic))
      return x.get();
  return nullptr;
}

const engine::serializer* endpoint::serializer_for(std::optional<std::string_view> vsn) const {
  for (const auto& x : serializers_)
    if (x->version().admits(vsn.value_or("1.0.0")))
      return x.get();
  return engine::serializer_for(vsn);
}

endpoint& endpoint::add_serializer(std::string_view version, std::shared_ptr<const socket_serializer> format) {
  auto added = std::make_unique<const application_serializer>(version, std::move(format));
  for (const auto& x : serializers_)
    if (x->version().overlaps(added->version()))
      throw std::invalid_argument("endpoint \"" + path_ + "\" has a serializer for version " + std::string{version}
                                  + " already");
  serializers_.push_back(std::move(added));
  return *this;
}

std::unique_ptr<socket> endpoint::make_socket() const {
  return make_socket_();
}

endpoint& endpoint::serve_with(socket_options options, std::function<std::unique_ptr<socket>()> make) {
  options_ = std::move(options);
  make_socket_ = std::move(make);
  return *this;
}

endpoint& endpoint::add_route(std::string_view pattern, const std::type_info& type, channel_options options,
                              std::function<std::unique_ptr<bennu::channel>(channel_context)> make) {
  if (options.restart_as == restart::permanent)
    throw std::invalid_argument("route \"" + std::string{pattern}
                                + "\": a channel is transient or temporary; permanent would revive it after a leave");
  routes_.push_back(
    std::make_unique<channel_route>(channel_route{topic_pattern{pattern}, type_label(type), std::move(make), options}));
  return *this;
}

} // namespace bennu
