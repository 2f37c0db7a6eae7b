#pragma once

#include <cstddef>

#include "transport/observer/unit_reader.hpp"

namespace bennu::engine {

class connection;

/// Goes through the connections of one io unit, from the last to the first: one that ends meanwhile moves only the last
/// one, which was seen before. So none is missed; one may be seen twice.
class connections_task : public unit_task {
public:
  /// @param per_step how many connections a step looks at; it should take about 100 µs
  explicit connections_task(size_t per_step) : per_step_(per_step) {}

  bool step(unit_services& of) override;

  /// How many connections there were at the beginning.
  size_t total = 0;

protected:
  /// Runs once, before the first connection.
  virtual void begin(unit_services&) {}

  /// @returns false when nothing more is looked for.
  virtual bool look_at(connection& x) = 0;

private:
  const size_t per_step_;
  bool has_begun_ = false;
  size_t next_ = 0;
};

} // namespace bennu::engine
