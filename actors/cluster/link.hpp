#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

namespace bennu {

/// One life of a node. A node that is started again has its old name and a new incarnation; nothing else tells lives apart (CAF's
/// node ids and actor ids repeat in containers).
struct peer {
  std::string name;
  uint64_t incarnation = 0; ///< drawn at random when the node starts

  friend auto operator<=>(const peer&, const peer&) = default;
};

/// What travels: an opaque block that all links share.
using link_bytes = std::shared_ptr<const std::string>;

/// A session with `who` has begun.
struct link_up {
  peer who;
  uint64_t session = 0; ///< unique within this node's life; ascending
};

/// The session is over: exactly one for each `link_up`, and nothing of that session comes after it.
struct link_down {
  peer who;
  uint64_t session = 0;
  std::string why;
};

/// What `who` sent.
struct link_received {
  peer who;
  uint64_t session = 0;
  link_bytes bytes;
};

/// The way to the other nodes, as the node's hub sees it. Production: CAF's distributed messaging over TLS; tests: the simulator.
///
/// The contract of a session: blocks arrive in the order in which they were sent, none twice, and up to some point all of them. What
/// was not delivered when the session ends is lost, and the next session begins with nothing.
///
/// `link_up`, `link_down` and `link_received` go to the hub as ordinary messages. Between two lives of a hub they are lost: a hub that
/// starts calls `attend`, which names it as the receiver and tells it of each live session by a fresh `link_up`.
///
/// Thread safety: any thread.
class cluster_link {
public:
  virtual ~cluster_link() = default;

  /// Makes `hub` the receiver of everything that follows; a `link_up` of each live session is the first.
  virtual void attend(const caf::actor& hub) = 0;

  /// Sends `bytes` (at most `max_block`) to the peer of that name.
  /// @returns false when there is no session with it, or when what waits for it would pass the cap: the block is not sent, and the
  ///          caller counts what it lost.
  virtual bool send(const std::string& name, link_bytes bytes) = 0;

  /// Bytes that wait for a peer or are under way to it, not yet acknowledged; 0 for a peer without session.
  virtual size_t queued(const std::string& name) const = 0;

  /// Ends the session with a peer; it is dialled again later, as after any other loss.
  virtual void cut(const std::string& name, const std::string& why) = 0;

  /// The largest block: 16 MiB, twice the largest message of a client.
  static constexpr size_t max_block = size_t{16} << 20;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_received)
