#pragma once

#include <cstdint>

#include <bennu/actors/payload.hpp>

namespace bennu::engine {

/// The client of a channel that tracks itself. Changes that its channel makes to presences reach it immediately,
/// before the channel's later pushes, as in Phoenix. The diff of the window then omits them for this client.
class presence_teller {
public:
  virtual ~presence_teller() = default;

  /// The client's number; 0 when it cannot be told at the moment.
  virtual uint64_t client() const noexcept = 0;

  /// Sends this diff to it. REQUIRES: client() != 0
  virtual void tell(const payload& diff) = 0;

  /// Its channel has the current list of the topic and may push it. `last` is the last change in the list.
  virtual void listed(uint64_t last) noexcept = 0;
};

} // namespace bennu::engine
