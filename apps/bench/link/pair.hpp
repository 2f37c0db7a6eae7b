#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace bennu::bench {

// link.erl has the same numbers.
constexpr size_t message_size = 100;
constexpr size_t window = 10'000;     // messages in flight
constexpr size_t answer_every = 1000; // messages
constexpr size_t messages = 1'000'000;
constexpr size_t round_trips = 20'000;

/// The two halves of a measurement. `receive` runs in a second process: it passes the address on which it listens to
/// `report_address` and never returns. `send` runs in the first process. `folder` holds the certificates of the nodes a
/// and b.
struct measurement {
  void (*receive)(const std::string& folder, const std::function<void(const std::string&)>& report_address);
  void (*send)(const std::string& folder, const std::string& address);
};

/// Measures the link between two nodes alone, with blocks from hub to hub.
void receive_blocks(const std::string& folder, const std::function<void(const std::string&)>& report_address);
void send_blocks(const std::string& folder, const std::string& address);

/// Measures broadcasts of an actor on one node to a subscriber on another: the link, pubsub, and both mailboxes.
void receive_broadcasts(const std::string& folder, const std::function<void(const std::string&)>& report_address);
void send_broadcasts(const std::string& folder, const std::string& address);

void print(const std::string& what, double value, const char* unit);

} // namespace bennu::bench
