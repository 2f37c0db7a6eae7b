#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

namespace bennu::engine {

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

/// The node of that name was not connected for so long that nothing more is kept of it. It may come back, as a new one.
struct link_forgotten {
  std::string name;
};

/// The session is over: exactly one for each `link_up`, and nothing of that session comes after it.
struct link_down {
  peer who;
  uint64_t session = 0;
  std::string why;
};

class shared_names;
struct name_entry;

/// What `who` sent.
struct link_received {
  peer who;
  uint64_t session = 0;
  link_bytes bytes;
};

/// How the way to one peer is at one moment.
struct link_state {
  enum class phase : uint8_t {
    down,       ///< no connection
    connecting, ///< a connection, and no session yet
    up,
  };

  std::string peer;
  phase now = phase::down;
  size_t queued_blocks = 0;    ///< they wait until the window is open
  size_t queued_bytes = 0;     ///< of them
  size_t in_flight_bytes = 0;  ///< sent, and not acknowledged
  size_t window_bytes = 0;     ///< so many may be in flight
  uint64_t sessions = 0;       ///< that began since the node started
  uint64_t lost_blocks = 0;    ///< waited, or were in flight, when a session ended; some may have arrived
  uint64_t refused_blocks = 0; ///< were not taken: there was no session, or the cap was reached
};

/// `up, queued 0 blocks of 0 bytes, in flight 512 of 4194304 bytes, sessions 2, lost 3 blocks, refused 0 blocks`
std::string to_string(const link_state& x);

/// The way to the other nodes, as the node's hub sees it. Production: CAF's distributed messaging over TLS; tests: the simulator.
///
/// The contract of a session: blocks arrive in the order in which they were sent, none twice, and up to some point all of them. What
/// was not delivered when the session ends is lost, and the next session begins with nothing.
///
/// `link_up`, `link_down`, `link_received` and `link_forgotten` go to the hub as ordinary messages. Between two lives of a hub they are lost: a hub that
/// starts calls `attend`, which names it as the receiver and tells it of each live session by a fresh `link_up`.
///
/// Thread safety: any thread.
class cluster_link {
public:
  virtual ~cluster_link() = default;

  /// Makes `hub` the receiver of everything that follows; a `link_up` of each live session is the first.
  virtual void attend(const caf::actor& hub) = 0;

  /// Sends `bytes` (at most `max_block`) to the peer of that name; `broadcasts` of what is in it nobody asks for again, so they are counted
  /// if the block is lost.
  /// @returns false when there is no session with it, or when what waits for it would pass the cap: the block is not sent, and the
  ///          caller counts what it lost.
  virtual bool send(const std::string& name, link_bytes bytes, std::uint64_t broadcasts = 0) = 0;

  /// Bytes that wait for a peer or are under way to it, not yet acknowledged; 0 for a peer without session.
  virtual size_t queued(const std::string& name) const = 0;

  /// Of every peer that was met since the node started, by name.
  virtual std::vector<link_state> states() const = 0;

  /// From now on these names are told to peers, and theirs to them; see `global_names`.
  virtual void carry(std::shared_ptr<shared_names> names) = 0;

  /// Tells all peers what changed among them. Of changes told one after the other, peers are told in that order.
  virtual void tell_names(const std::vector<name_entry>& changes) = 0;

  /// The time by which the ages of names are compared, in microseconds: that of the wall clock.
  virtual uint64_t micros_now() const;

  /// Ends the session with a peer; it is dialled again later, as after any other loss.
  virtual void cut(const std::string& name, const std::string& why) = 0;

  /// The largest block: 16 MiB, twice the largest message of a client.
  static constexpr size_t max_block = size_t{16} << 20;
};

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::link_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::link_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::link_forgotten)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::link_received)
