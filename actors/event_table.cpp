#include <bennu/actors/event_table.hpp>

namespace bennu {

// Here, so that a program with many channels does not compile it for each.
void event_table::add(const std::string& event, const handler& run) {
  entries_.emplace_back(event, run);
}

} // namespace bennu
