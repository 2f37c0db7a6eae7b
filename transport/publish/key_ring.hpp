#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/actors/topic_pattern.hpp>
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The SHA-256 of a text (FIPS 180-4).
using digest = std::array<unsigned char, 32>;
digest digest_of(std::string_view text);

/// What the requests of one key that wait for their answers hold. Thread safety: any thread may use it.
class waiting_room {
public:
  waiting_room(size_t max_requests, size_t max_bytes) noexcept : max_requests_(max_requests), max_bytes_(max_bytes) {}

  /// @returns false when one more request, or so many more bytes, exceed the bounds. A request whose bytes alone exceed
  /// them has a place when no other waits.
  bool enter(size_t bytes) noexcept;
  void leave(size_t bytes) noexcept;

  /// A request that is in it takes `to` instead of `from` bytes. @returns false, without effect, when that exceeds the
  /// bound and it is not the only one.
  bool resize(size_t from, size_t to) noexcept;

private:
  const size_t max_requests_, max_bytes_;
  std::atomic<size_t> requests_{0}, bytes_{0};
};

/// A key of the API: what it may do, and what its requests hold.
class known_key {
public:
  /// @throws std::invalid_argument when the secret or a pattern is malformed.
  known_key(const api_key& key, const publish_api& bounds);

  bool may_use(std::string_view topic) const noexcept;

  /// Empty: all topics.
  std::vector<std::string> patterns() const;

  const digest secret; ///< of the secret itself only its hash is kept

  /// The number of this key: the same on all nodes; it tells nothing about the secret.
  const uint64_t number;
  mutable waiting_room waiting;
  mutable waiting_room counting; ///< for `GET topics`, which looks at all nodes and must not keep others waiting

private:
  std::vector<topic_pattern> topics_;
};

using known_key_ptr = std::shared_ptr<const known_key>;

/// All keys of an API. Immutable; any thread may use it.
class key_ring {
public:
  /// @throws std::invalid_argument when there is no key, or one is malformed or there twice.
  explicit key_ring(const publish_api& api);

  /// The key of a request, from its header `Authorization: Bearer SECRET` (RFC 6750 §2.1). Takes the same time for each
  /// secret of one length, whether it is a key or not; a header that is far too long for a key is not looked at, and
  /// two such headers are none.
  /// @returns null when it is none.
  known_key_ptr find(const http_request& request) const;

  /// The numbers of all keys.
  std::vector<uint64_t> numbers() const;

private:
  std::vector<known_key_ptr> keys_;
  size_t longest_ = 0; ///< the size of the longest secret
};

} // namespace bennu::engine
