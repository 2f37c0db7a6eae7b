#pragma once

#include <cstdint>

#include <bennu/actors/payload.hpp>

namespace bennu::engine {

/// The client of a channel that tracks itself. What its channel does to presences reaches it at once, before what the channel pushes
/// afterwards, as in Phoenix; the diff of the window then leaves it out for this client.
class presence_teller {
public:
  virtual ~presence_teller() = default;

  /// The client's number; 0 when it cannot be told now.
  virtual uint64_t client() const noexcept = 0;

  /// Sends it this diff. REQUIRES: client() != 0
  virtual void tell(const payload& diff) = 0;

  /// Its channel has the list of the topic now, and may push it; `last` is the last change in it.
  virtual void listed(uint64_t last) noexcept = 0;
};

} // namespace bennu::engine
