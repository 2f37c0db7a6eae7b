#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <bennu/actors/channel_options.hpp>
#include <bennu/actors/fwd.hpp>
#include <bennu/actors/limits.hpp>
#include <bennu/actors/socket.hpp>

namespace bennu::engine {
class application_serializer;
struct channel_route;
} // namespace bennu::engine

namespace bennu {

class socket_serializer;

/// A path at which clients connect, with the socket class that accepts them and the routes to the channels that they
/// may join. Source: Phoenix.Endpoint, `socket/3`, and Phoenix.Socket, `channel/3`.
///
///     auto chat = bennu::endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*");
///
/// The arguments after the options are passed to the constructor of every instance:
/// `channel<room_channel>("room:*", {}, std::ref(store))` calls `room_channel{context, store}`.
///
/// Thread safety: configure it on one thread. Once it serves it must not change; then any thread may read it.
class endpoint {
public:
  /// @throws std::invalid_argument when `path` does not begin with `/`.
  explicit endpoint(std::string path);
  ~endpoint();
  /// Moves the endpoint; afterwards `x` may only be destroyed or assigned to.
  endpoint(endpoint&& x) noexcept;
  /// Moves the endpoint; afterwards `x` may only be destroyed or assigned to.
  endpoint& operator=(endpoint&& x) noexcept;

  /// Sets the socket class and its options. Each connection gets an instance `Socket{args...}`; when the constructor
  /// throws, the client is answered 500.
  template <class Socket, class... Args>
  endpoint& serve(socket_options options = {}, Args... args) & {
    static_assert(std::is_base_of_v<socket, Socket>, "serve<S>: S is a bennu::socket");
    static_assert(!std::is_abstract_v<Socket>,
                  "serve<S>: S overrides bennu::connect_result connect(const bennu::connect_info&)");
    static_assert(std::is_abstract_v<Socket> || std::is_constructible_v<Socket, const Args&...>,
                  "serve<S>(options, arguments…): S is constructed from the arguments after the options");
    return serve_with(std::move(options), [args = std::make_tuple(std::move(args)...)]() -> std::unique_ptr<socket> {
      return std::apply([](auto&... xs) { return std::make_unique<Socket>(xs...); }, args);
    });
  }

  /// Routes the topics that match `pattern` (`room:*`, or one exact topic) to `Channel`. The first route that matches
  /// wins.
  /// @throws std::invalid_argument when the pattern is malformed or has a route already, and for `restart::permanent`.
  template <class Channel, class... Args>
  endpoint& channel(std::string_view pattern, channel_options options = {}, Args... args) & {
    static_assert(std::is_base_of_v<bennu::channel, Channel>,
                  "channel<C>: C is a bennu::channel (<bennu/actors/channel.hpp>)");
    static_assert(!std::is_abstract_v<Channel>, "channel<C>: C overrides bennu::join_result join(const bennu::json&)");
    static_assert(std::is_abstract_v<Channel> || std::is_constructible_v<Channel, channel_context&, const Args&...>,
                  "channel<C>(pattern, options, arguments…): C is constructed from a bennu::channel_context and the "
                  "arguments after "
                  "the options; write `using channel::channel;` when there are none");
    return add_route(
      pattern, typeid(Channel), options, [args = std::make_tuple(std::move(args)...)](channel_context context) {
        return std::apply(
          [&](auto&... xs) -> std::unique_ptr<bennu::channel> { return std::make_unique<Channel>(context, xs...); },
          args);
      });
  }

  /// Offers a wire format of the application's own: one instance `Serializer{args...}` serves the clients whose
  /// parameter `vsn` is `version` or a later patch of it (Elixir's `~> 3.0.0` for "3.0.0"). A version 1.0.x or 2.0.x
  /// takes the place of the official format at this endpoint; clients without `vsn` ask for 1.0.0.
  /// @throws std::invalid_argument when `version` is not MAJOR.MINOR.PATCH, or the endpoint has a serializer of this
  /// MAJOR.MINOR already.
  /// Source: Phoenix.Endpoint, `socket/3`, option `serializer`.
  template <class Serializer, class... Args>
  endpoint& serializer(std::string_view version, Args&&... args) & {
    static_assert(std::is_base_of_v<socket_serializer, Serializer>,
                  "serializer<S>: S is a bennu::socket_serializer (<bennu/actors/socket_serializer.hpp>)");
    static_assert(!std::is_abstract_v<Serializer>, "serializer<S>: S overrides decode and encode");
    return add_serializer(version, std::make_shared<const Serializer>(std::forward<Args>(args)...));
  }

  /// The same on a temporary, so that calls form a chain; it moves the endpoint.
  template <class Serializer, class... Args>
  endpoint serializer(std::string_view version, Args&&... args) && {
    return std::move(serializer<Serializer>(version, std::forward<Args>(args)...));
  }

  /// The same on a temporary, so that calls form a chain; it moves the endpoint.
  template <class Socket, class... Args>
  endpoint serve(socket_options options = {}, Args... args) && {
    return std::move(serve<Socket>(std::move(options), std::move(args)...));
  }

  /// The same on a temporary, so that calls form a chain; it moves the endpoint.
  template <class Channel, class... Args>
  endpoint channel(std::string_view pattern, channel_options options = {}, Args... args) && {
    return std::move(channel<Channel>(pattern, options, std::move(args)...));
  }

  /// Where clients connect, without `/websocket` or `/longpoll`.
  const std::string& path() const noexcept { return path_; }
  const socket_options& options() const noexcept { return options_; } ///< as `serve` was given them

  /// The route of a topic.
  /// @returns null when no pattern matches; the join is then refused with the reason "unmatched topic".
  const engine::channel_route* route_of(std::string_view topic) const noexcept;

  /// For Bennu's engines: the routes in their order, of which the first that matches counts.
  const auto& routes() const noexcept { return routes_; }

  /// The serializer for a client with this parameter `vsn`, or without one. @returns null when there is none
  const engine::serializer* serializer_for(std::optional<std::string_view> vsn) const;

  /// Creates an instance of the socket class. REQUIRES: `serve` was called.
  std::unique_ptr<socket> make_socket() const;

private:
  endpoint& add_serializer(std::string_view version, std::shared_ptr<const socket_serializer> format);
  endpoint& serve_with(socket_options options, std::function<std::unique_ptr<socket>()> make);
  endpoint& add_route(std::string_view pattern, const std::type_info& type, channel_options options,
                      std::function<std::unique_ptr<bennu::channel>(channel_context)> make);

  std::string path_;
  socket_options options_;
  std::function<std::unique_ptr<socket>()> make_socket_;
  std::vector<std::unique_ptr<engine::channel_route>> routes_;
  std::vector<std::unique_ptr<const engine::application_serializer>> serializers_;
};

} // namespace bennu
