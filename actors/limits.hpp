#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <bennu/actors/rate_limit.hpp>

namespace bennu {

/// What happens to a client that reads too slowly, when its outbox is full.
enum class overflow : uint8_t {
  close,       ///< the connection is closed with 1008, so that the client knows that it missed messages
  drop_oldest, ///< the oldest unsent data frames are dropped: for feeds in which only recent messages matter
  conflate,    ///< all unsent data frames except the newest are dropped: for states that replace each other
};

/// What the joins of all clients of a node may hold. Beyond it a join is refused with the reason "too many channels
/// joined".
struct join_limits {
  /// How many joins there may be.
  /// 500,000: thirty for each of 16,384 connections. Each costs about 2.7 KB, and what the channel itself holds.
  size_t max_joins = 500'000;

  /// How many bytes their topics and payloads may have together. The payload of a join is kept as long as the channel
  /// is joined, because a channel that crashes restarts with it.
  /// 256 MiB: 500 bytes, a token, for each of 500,000 joins.
  size_t max_bytes = size_t{256} << 20;
};

/// What the messages of all clients of a node that wait for their channels may hold.
struct inbox_limits {
  /// How many bytes, besides the first 16 KiB of each connection. Beyond it a message is answered with the error
  /// `{"reason":"busy"}` and has no other effect.
  /// 256 MiB: thirty of the largest messages, or five hundred full inboxes.
  size_t max_bytes = size_t{256} << 20;
};

/// The options of a socket, with the reason for each default. A duration of zero means "never". The limits hold for
/// each connection, unless they say "of one id".
struct socket_options {
  /// How many channels one connection may have joined, including deferred joins. The next join is refused with the
  /// reason "too many channels joined".
  /// 100: the default of Phoenix.
  size_t max_channels = 100;

  /// The largest topic and payload of a join together. A larger join is refused with the reason "join too large".
  /// 64 KiB: many times the size of a token; what is larger is better sent as an event, which is not kept.
  size_t max_join_bytes = size_t{64} << 10;

  /// How many connections to this node may have the same `socket::id()`. A further one is refused with 429. Sockets
  /// with an empty id are not counted. 0: any number.
  /// 1000: a person has some tens of pages and devices. An id that a whole tenant shares needs more, or 0.
  size_t max_connections_per_id = 1000;

  /// How many channels all connections to this node with the same `socket::id()` may have joined. The next join is
  /// refused with the reason "too many channels joined". 0: any number.
  /// 10,000: a hundred full connections, and a small part of `join_limits::max_joins`.
  size_t max_joins_per_id = 10'000;

  /// A connection is closed with 1002 when the client has sent no frame for this long.
  /// 60 s: the default of Phoenix, twice the heartbeat interval of its clients.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds{60};

  /// The server sends a ping (RFC 6455 §5.5.2) to a WebSocket client that has sent nothing for this long, and again
  /// whenever the client is silent for this long. The pong counts as a frame for `idle_timeout`, so that a client
  /// whose heartbeats come late (a page in a background tab) stays connected. Useful only if it is shorter than
  /// `idle_timeout`. It has no effect over long polling, where the polls show that the client is alive.
  /// 0 (never): the clients of Phoenix send heartbeats, and each ping wakes a phone.
  std::chrono::milliseconds heartbeat_interval{0};

  /// The largest message that a client may send, as the sum of its fragments. A larger one closes the connection with
  /// 1009. 8 MiB: the default of Bandit, the web server of Phoenix.
  size_t max_message_bytes = size_t{8} << 20;

  /// How many JSON values (elements of arrays, members of objects) the payload of one message may have. A message with
  /// more is answered with the error `{"reason":"too many values"}` and has no other effect.
  /// 100,000: parsing so many takes 5 to 15 ms, during which the other clients of the thread wait, and up to 10 MB. A
  /// payload of 8 MB full of values takes 280 ms and 190 MB.
  size_t max_message_values = 100'000;

  /// How much unsent data the outbox of a connection may hold. Then `when_outbox_full` decides. Replies to pings,
  /// heartbeats and leaves have a separate bound of 1 MiB; when they exceed it, the connection is closed with any
  /// policy.
  ///
  /// With `overflow::close` the events of a client wait while 128 KiB are unsent (over long polling half of this bound,
  /// because a client may post before it polls). So a client that reads is never closed because of its own requests.
  /// Broadcasts that wait for a channel that intercepts them have the same bound, plus one message of
  /// `max_message_bytes`.
  ///
  /// 16 MiB: two of the largest messages, and more than a second of a fast line. All connections share the memory of a
  /// broadcast.
  size_t max_outbox_bytes = size_t{16} << 20;

  /// What happens when the outbox is full. `close`: no client misses a message unknowingly.
  overflow when_outbox_full = overflow::close;

  /// A connection is cut when the client has accepted no byte of its waiting data for this long, even if the client
  /// sends, and with any policy. It counts as `limit.hit` with the limit "send".
  /// 30 s: the send timeout of the web servers of Phoenix.
  std::chrono::milliseconds send_timeout = std::chrono::seconds{30};

  /// How many messages of one connection may wait for its channels. Above it the server stops reading from the
  /// socket, and TCP slows the client down. A channel that owes so many deferred replies handles the next event when
  /// one is given.
  /// 1024: a burst of a fast client; without payloads at most 170 KB.
  size_t max_inbox_messages = 1024;

  /// The same bound in bytes. A single larger message is accepted; the server then reads nothing until it is handled.
  /// 512 KiB: so much that one large event for a busy channel does not stop the client's other channels.
  size_t max_inbox_bytes = size_t{512} << 10;

  /// How fast one connection may send, over all its channels.
  /// No limit: a rate that suits every application would protect none.
  rate_limits limits{};

  /// How much time a client has to refresh after `connected::expires_after` has passed. Then the connection is closed
  /// with 1008.
  /// 10 s: enough to fetch a new token from another server.
  std::chrono::milliseconds expiry_grace = std::chrono::seconds{10};

  /// Whether WebSocket clients that ask for permessage-deflate (RFC 7692) get it. There is no context takeover in
  /// either direction: a connection needs no memory for it, an io unit needs 0.3 MB.
  /// Off: it costs 20 to 50 µs per kilobyte, and the compressed size can reveal a secret next to text that an attacker
  /// chooses (CRIME, BREACH).
  bool compression = false;

  /// Smaller messages are sent uncompressed.
  /// 256: for smaller messages compression saves less than the size of a packet's header.
  size_t min_compressed_bytes = 256;

  /// Whether the endpoint serves `…/longpoll` in addition to `…/websocket`.
  /// On: the official client falls back to it where a proxy breaks WebSockets.
  bool longpoll = true;

  /// How long a poll waits for messages. A session ends when the client has not polled for one and a half times as
  /// long. 10 s: the default of Phoenix, less than the usual timeouts of proxies.
  std::chrono::milliseconds longpoll_window = std::chrono::seconds{10};

  /// Whose pages may connect: `//example.com`, `//*.example.com`, `https://example.com:8443`, `self`, `*` (any). Empty:
  /// `server_options::allowed_origins`; empty too: `self`, pages of the request's own host. No `Origin`: always.
  std::vector<std::string> allowed_origins{};
};

} // namespace bennu
