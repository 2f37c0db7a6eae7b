#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>

#include "supervision/process/local_message.hpp"

namespace bennu::engine {

// The words of the protocol between nodes, from the outside in:
//
// - greeting: what two nodes say first on a new connection, before CAF has it: `hello`, `offer`, `answer`, `refuse`
//   (transport/cluster/greeting.hpp).
// - frame: what one side of a session sends, a head and a body. Its kinds are `hello`, `beat`, `data`, `ack` and
//   `news`, which is membership: where the connected nodes listen (link_wire.hpp). CAF transports it as a
//   `link_message`.
// - block: bytes that `cluster_link::send` takes, in order. Small blocks share the body of a frame, a large block is
//   sent in pieces (link_queue.hpp).
// - parcel: one message within a block: a broadcast, a message of presence, a call, its answer, a receipt
//   (hub/parcel.hpp).
// - digest, want, ops, part: the messages of presence: the sum of what an origin has, a request for what is missing,
//   the changes, a part of a snapshot (presence/message.hpp).

/// One life of a node. A node that restarts keeps its name and gets a new incarnation. Only the incarnation tells the
/// lives apart, because CAF's node ids and actor ids repeat in containers.
struct peer {
  std::string name;
  uint64_t incarnation = 0; ///< a random number, chosen when the node starts

  friend auto operator<=>(const peer&, const peer&) = default;
};

/// A block: bytes that a link transports. All links share them.
using link_block = std::shared_ptr<const std::string>;

/// A session with `who` has begun.
struct link_up {
  using local_message = void;
  peer who;
  uint64_t session = 0; ///< increases within the life of this node
};

/// A node has been disconnected for so long that its state was dropped. It may return, as a new one.
struct link_forgotten {
  using local_message = void;
  std::string name;
};

/// The session has ended. There is exactly one for each `link_up`, and nothing of that session follows it.
struct link_down {
  using local_message = void;
  peer who;
  uint64_t session = 0;
  std::string why;
};

class shared_names;
struct name_entry;

/// A block from `who`.
struct link_received {
  using local_message = void;
  peer who;
  uint64_t session = 0;
  link_block bytes;
};

/// The state of the link to one peer.
struct link_state {
  enum class phase : uint8_t {
    down,       ///< no connection
    connecting, ///< connected, without a session so far
    up,
  };

  std::string peer;
  phase now = phase::down;
  size_t queued_blocks = 0;                ///< they wait until the window opens
  size_t queued_bytes = 0;                 ///< their size
  size_t in_flight_bytes = 0;              ///< sent and not acknowledged
  size_t window_bytes = 0;                 ///< how many may be in flight
  uint64_t sessions = 0;                   ///< how many have begun since the node started
  uint64_t lost_blocks = 0;                ///< waited or were in flight when a session ended; some may have arrived
  uint64_t refused_blocks = 0;             ///< were refused: there was no session, or the cap was reached
  std::chrono::microseconds round_trip{0}; ///< of a heartbeat, smoothed; 0: none was measured in this session
  uint64_t sent_bytes = 0;                 ///< of blocks, since the node started
  uint64_t received_bytes = 0;
};

/// `up, queued 0 blocks of 0 bytes, in flight 512 of 4194304 bytes, sessions 2, lost 3 blocks, refused 0 blocks`
std::string to_string(const link_state& x);

/// The links to the other nodes, as the hub of a node sees them. In production CAF's distributed messaging over TLS,
/// in tests the simulator.
///
/// The contract of a session: blocks arrive in the order of sending, none twice, and without a gap. Blocks that were
/// not delivered when the session ends are lost; the next session starts empty.
///
/// `link_up`, `link_down`, `link_received` and `link_forgotten` are sent to the hub as messages. They are lost while
/// no hub runs. A hub that starts calls `attend`, which makes it the receiver and sends it a new `link_up` for each
/// live session.
///
/// Thread safety: any thread may call it.
class cluster_link {
public:
  virtual ~cluster_link() = default;

  /// Makes `hub` the receiver. It first gets a `link_up` for each live session.
  virtual void attend(const caf::actor& hub) = 0;

  /// Sends `bytes` (at most `max_block`) to the peer with that name. `broadcasts` is how many broadcasts the block
  /// contains; they are counted as lost if the block is lost, because nothing requests them again.
  /// @returns false when there is no session, or when the waiting bytes would exceed the cap. Then the block is not
  /// sent, and the caller counts the loss.
  virtual bool send(const std::string& name, link_block bytes, uint64_t broadcasts = 0) = 0;

  /// The bytes that wait for a peer or are in flight to it; 0 without a session.
  virtual size_t queued(const std::string& name) const = 0;

  /// The states of all peers that were met since the node started, by name.
  virtual std::vector<link_state> states() const = 0;

  /// Whether links come up only some time after the node has started, so that it waits for them. In the test kit they
  /// are up at once.
  virtual bool takes_time() const { return true; }

  /// From now on these names, too, are exchanged with peers; see `global_names` and `shared_groups`.
  virtual void carry(std::shared_ptr<shared_names> names) = 0;

  /// Sends changed names to all peers. Peers receive the changes in the order of the calls.
  virtual void tell_names(const std::vector<name_entry>& changes) = 0;

  /// The time by which the ages of names are compared, in microseconds: that of the wall clock.
  virtual uint64_t micros_now() const;

  /// Ends the session with a peer. It is dialled again later, as after any loss.
  virtual void cut(const std::string& name, const std::string& why) = 0;

  /// The largest block. 16 MiB: twice the largest message of a client.
  static constexpr size_t max_block = size_t{16} << 20;
};

} // namespace bennu::engine
