#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/wire/frame.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// What was agreed upon with a client that offers permessage-deflate.
struct deflate_terms {
  std::string answer;   ///< the value of `Sec-WebSocket-Extensions`
  int window_bits = 15; ///< of what is sent to the client: 9 to 15, a window of 512 bytes to 32 KiB
};

/// The answer to a client's offers of permessage-deflate (RFC 7692 §7.1); nothing when it offers none that we can take.
/// Both sides forget their window after each message, so that no connection holds one. A client may ask for a smaller
/// window of what it is sent (`server_max_window_bits`) down to 9 bits: zlib makes none of 8.
std::optional<deflate_terms> accept_deflate(const http_request& handshake);

/// Compresses and decompresses whole messages (RFC 7692 §7.2), one after another, for all connections of an io unit.
///
/// Memory: 0.3 MB from its first use on, and less for each smaller window that a client asked for. Thread safety: none.
class deflate {
public:
  deflate();
  ~deflate();

  /// The same message as `x`, compressed; `x` itself when that is not shorter. The frame asked for last is remembered
  /// for each size of window: a broadcast is compressed once. REQUIRES: `window_bits` is 9 to 15.
  frame_ptr compressed(const frame_ptr& x, int window_bits = 15);

  enum class problem { malformed, too_big };
  struct result {
    std::optional<problem> failed;
    std::string message; ///< unless it failed
  };

  /// What a client compressed. Stops at `max_bytes`, however small a bomb it came in.
  result decompressed(std::string_view body, size_t max_bytes);

private:
  struct compressor;
  struct decompressor;
  std::array<std::unique_ptr<compressor>, 16> out_; ///< by the bits of their window
  std::unique_ptr<decompressor> in_;
};

} // namespace bennu::engine
