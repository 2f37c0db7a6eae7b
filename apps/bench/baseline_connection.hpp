#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "apps/bench/message.hpp"
#include "apps/bench/poller.hpp"

namespace bennu::bench {

class baseline_connection;

/// What the connections of the baseline server share.
struct baseline_state {
  poller loop;
  std::unordered_map<std::string, std::vector<baseline_connection*>> topics;
  std::unordered_map<int, std::unique_ptr<baseline_connection>> connections; ///< by descriptor
  std::vector<int> closed; ///< to be erased from `connections` after the turn
};

/// One client of the baseline server.
class baseline_connection final : watcher {
public:
  baseline_connection(baseline_state& state, int fd);
  ~baseline_connection();
  baseline_connection(const baseline_connection&) = delete;
  baseline_connection& operator=(const baseline_connection&) = delete;

private:
  void ready(uint32_t epoll_events) override;
  void read();
  void upgrade();
  void take_frames(char* bytes, size_t size);
  void take(const message_view& message);
  void reply(const message_view& to, std::string_view response);
  void send(std::string_view wire); // at once; what does not fit waits
  void send_waiting();
  void close();

  baseline_state& state_;
  int fd_;
  bool upgraded_ = false;
  bool closed_ = false;
  std::string in_;
  std::string waiting_;
  std::string topic_; // with quotes; a connection of a benchmark joins one
};

} // namespace bennu::bench
