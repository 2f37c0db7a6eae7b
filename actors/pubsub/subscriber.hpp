#pragma once

#include <cstdint>

#include <caf/ref_counted.hpp>

#include <bennu/actors/broadcast.hpp>

namespace bennu::engine {

/// Receives the broadcasts of one topic on the thread of its io unit. A `subscriber_table` holds it without owning it.
///
/// Thread safety: none; belongs to one io unit.
class subscriber : public caf::ref_counted {
public:
  /// Hands over one broadcast. Must not change the table.
  virtual void receive_broadcast(const broadcast& x) = 0;

private:
  friend class subscriber_table;
  uint32_t slot_ = 0; ///< its place in the table
};

} // namespace bennu::engine
