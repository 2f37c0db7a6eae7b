#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/io/scribe.hpp>

#include "actors/cluster/link/link.hpp"

namespace bennu::engine {

/// A connection to a node that has proved who it is, on its way to CAF's distributed messaging.
struct link_connection {
  std::uint64_t id = 0;
  peer who;
  bool dialled = false;       ///< by this side
  std::uint8_t protocol = 0;  ///< the highest version that both sides speak
  std::string address;        ///< of the other side, without the port
  caf::io::scribe_ptr scribe; ///< taken by the link; when it is destroyed, `links::gone` is to be called
  std::function<void()> shut; ///< cuts it at the socket; any thread, any number of times
};

using link_connection_ptr = std::shared_ptr<link_connection>;

/// To the membership: a session began or ended.
struct link_changed {
  peer who;
  bool is_up = false;
  std::string address; ///< of the connection, while it is up
};

/// To the membership: what that of a peer had to say.
struct link_news {
  std::string from;
  std::string address; ///< of the connection that it came by
  std::string text;
};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::link_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::link_news)
