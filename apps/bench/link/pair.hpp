#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace bennu::bench {

// The same in link.erl.
constexpr size_t message_size = 100;
constexpr size_t window = 10'000;     // messages under way
constexpr size_t answer_every = 1000; // messages
constexpr size_t messages = 1'000'000;
constexpr size_t round_trips = 20'000;

/// What is measured, in halves: the first runs in a process of its own, tells where it listens, and never returns; the second runs here.
/// `folder` has the certificates of nodes a and b.
struct measurement {
  void (*receive)(const std::string& folder, const std::function<void(const std::string& address)>& tell);
  void (*send)(const std::string& folder, const std::string& address);
};

/// Blocks between the hubs of two nodes: the link alone.
void receive_blocks(const std::string& folder, const std::function<void(const std::string&)>& tell);
void send_blocks(const std::string& folder, const std::string& address);

/// Broadcasts of an actor on one node to a subscriber on another: the link, pubsub, and both mailboxes.
void receive_broadcasts(const std::string& folder, const std::function<void(const std::string&)>& tell);
void send_broadcasts(const std::string& folder, const std::string& address);

void print(const std::string& what, double value, const char* unit);

} // namespace bennu::bench
