#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <bennu/actors/rate_limit.hpp>

namespace bennu {

/// What happens to a client that does not read fast enough.
enum class overflow : uint8_t {
  close,       ///< its connection is closed with 1008: a client that missed a message must know it
  drop_oldest, ///< the oldest unsent data frames go: for feeds where only the recent matters
  conflate,    ///< all unsent data frames but the newest go: for state, where each message replaces the former
};

/// Every default of a socket, each with its reason. Durations of zero mean "never".
struct socket_options {
  /// Joined channels that one connection may hold, those whose join is deferred among them; the next join is refused with "too many
  /// channels joined".
  /// 100: Phoenix's default.
  size_t max_channels = 100;

  /// Without a frame from the client for this long its connection is closed with 1002.
  /// 60 s: Phoenix's default, twice the heartbeat interval of its clients.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds{60};

  /// A WebSocket client that has sent nothing for this long is sent a ping (RFC 6455 §5.5.2), and again each time it stays silent for so
  /// long. Its pong counts as a frame for `idle_timeout`: a client that is there stays, though it may not send heartbeats in time (a page
  /// in a background tab); to be of use it must be shorter. No effect over long polling, where the client's next poll says as much.
  /// Never: Phoenix's clients send heartbeats of their own, and each ping wakes a phone.
  std::chrono::milliseconds heartbeat_interval{0};

  /// The largest message that a client may send, over all its fragments; above it: 1009.
  /// 8 MiB: what Phoenix (Bandit) allows.
  size_t max_message_bytes = size_t{8} << 20;

  /// How much unsent data a slow client may hold; answers to pings, heartbeats and leaves have 1 MiB of their own, over which it is closed
  /// whatever the policy. With `overflow::close` its events wait while 128 KiB are unsent (over long polling half of this, since a client may
  /// post before it polls), so a client that reads is never closed for what it asked itself. Broadcasts that wait before a channel that
  /// intercepts them have this bound, too, and room for one more message of `max_message_bytes`. 16 MiB: a burst of two of the largest
  /// messages, and more than a second of a fast line; what is broadcast is held once, however many clients do not take it.
  size_t max_outbox_bytes = size_t{16} << 20;

  overflow when_outbox_full = overflow::close;

  /// A client that takes nothing of what waits for it for this long is cut off (limit "send"), whatever it sends and whatever the policy.
  /// 30 s: the send timeout of Phoenix's servers.
  std::chrono::milliseconds send_timeout = std::chrono::seconds{30};

  /// Messages of one connection that may wait for its actors; above it reading from the socket pauses, which TCP
  /// tells the client. 1024: a burst of a fast client, 170 KB at worst without payloads.
  size_t max_inbox_messages = 1024;

  /// The same bound in bytes; a message that is larger alone is taken, and nothing more until it is handled.
  /// 512 KiB: a channel that waits for its work does not stop the others of its client at the first large event.
  size_t max_inbox_bytes = size_t{512} << 10;

  /// How fast one connection may go, over all its channels. None: a limit that fits every application would protect none.
  rate_limits limits{};

  /// What a client whose right to be connected has expired (`connected::expires_after`) has to prove it anew; then it is closed with 1008.
  /// 10 s: enough to ask somebody for a new token.
  std::chrono::milliseconds expiry_grace = std::chrono::seconds{10};

  /// Offer permessage-deflate (RFC 7692) to WebSocket clients that ask for it. Off: it costs 20 to 50 µs a kilobyte, and secrets beside
  /// chosen text can be guessed by the compressed size. Without context takeover in either direction a connection needs no memory for it;
  /// an io unit needs 0.3 MB.
  bool compression = false;

  /// Messages of fewer bytes are sent as they are. 256: below, the saved bytes are fewer than a packet's header.
  size_t min_compressed_bytes = 256;

  /// Serve `…/longpoll` beside `…/websocket`. On: the official client falls back to it where a proxy breaks WebSockets.
  bool longpoll = true;

  /// How long a poll waits for something to say; a session that has not polled for one and a half of it ends.
  /// 10 s: Phoenix's default, below the usual timeouts of proxies.
  std::chrono::milliseconds longpoll_window = std::chrono::seconds{10};

  /// Hosts whose pages may connect: `//example.com`, `//*.example.com`, `https://example.com:8443`.
  /// Empty: any. Requests without an `Origin` header are not from browsers and always pass.
  std::vector<std::string> allowed_origins{};
};

} // namespace bennu
