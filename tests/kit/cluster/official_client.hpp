#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/kit/channel/frame_reader.hpp"

namespace bennu::engine {

/// What a client needs of the world around it: a connection and timers. Every call returns before anything that it
/// causes is reported to the client.
class client_surroundings {
public:
  using task = std::function<void()>;

  virtual ~client_surroundings() = default;

  /// Dials the server. The client is told by `opened` or `closed`.
  virtual void dial() = 0;
  virtual void send(std::string text) = 0;

  /// Ends the present connection. The client is told nothing.
  virtual void hang_up() = 0;

  /// Calls `f` later.
  virtual void after(std::chrono::milliseconds time, task f) = 0;

  /// Notes what happens to the client, for the trace of a test.
  virtual void note(const std::string& what) = 0;

  /// The client has received what the protocol forbids, such as a second answer to one message.
  virtual void violated(const std::string& what) = 0;
};

/// A message of a client and its reply.
struct official_push {
  std::string topic;
  std::string event;
  nlohmann::json payload;
  std::string ref;    ///< empty until it is sent or waits to be sent
  std::string status; ///< empty until it is "ok", "error" or "timeout"
  nlohmann::json response;
  uint64_t timer = 0; ///< the number of its time-out
};

using official_push_ptr = std::shared_ptr<official_push>;

/// A channel as the client sees it.
struct official_channel {
  enum class phase : uint8_t { closed, joining, joined, errored };

  std::string topic;
  nlohmann::json params;
  phase now = phase::closed;
  official_push_ptr join; ///< of the present or last join; its ref is the join_ref, empty after a failed join
  std::vector<official_push_ptr> waiting; ///< pushed while the channel was not joined
  size_t rejoin_tries = 0;
  uint64_t rejoin_timer = 0;                                   ///< the number of the timer that counts; others are void
  size_t joins = 0;                                            ///< how often a join was accepted
  std::string position;                                        ///< in the topic's history; empty: it keeps none
  bool is_recovered = false;                                   ///< what the answer to the last join says
  std::map<std::string, std::vector<nlohmann::json>> received; ///< by event
};

using official_channel_ptr = std::shared_ptr<official_channel>;

/// The client of Phoenix in virtual time: it dials again, rejoins, buffers and times out as the official JavaScript
/// client does (`Socket`, `Channel`, `Push` and `Timer` of phoenix.js 1.8, with its defaults).
///
/// - A lost connection is dialled again after 10, 50, 100, 150, 200, 250, 500, 1000, 2000 and then every 5000 ms,
///   unless the server closed it with 1000. An opened connection starts the row anew.
/// - A channel whose connection is lost, or whose channel failed, rejoins when the connection is open, else after 1, 2,
///   5 and then every 10 s. What is pushed meanwhile waits and is sent after the join, in order.
/// - Joins and pushes without a reply time out after 10 s.
/// - A heartbeat is sent 30 s after the last one was answered; without an answer for 30 s the connection is given up.
/// - Messages with the join_ref of an earlier join are ignored.
/// - On a topic with history it does what apps/guide/history.md tells its program: a rejoin carries the last position,
///   and what arrives while a join is under way is ignored, since the rejoin brings it again.
/// - A channel that leaves is closed at once; nobody waits for the reply.
///
/// A plain state machine. Thread safety: none.
class official_client {
public:
  explicit official_client(client_surroundings& around) : around_(around) {}

  // -- what the program does ------------------------------------------------------

  void connect();
  void disconnect();
  official_channel_ptr channel(const std::string& topic, nlohmann::json params);
  official_push_ptr push(const official_channel_ptr& to, const std::string& event, nlohmann::json payload);
  void leave(const official_channel_ptr& x);

  // -- what the connection tells --------------------------------------------------

  void opened();
  void closed(uint16_t code);
  void received(const received_message& x);

  bool is_open() const noexcept { return is_open_; }
  size_t connections() const noexcept { return connections_; }

private:
  using time = std::chrono::milliseconds;

  void dial_later();
  void fail_channels();
  void beat();
  void beat_later();
  void rejoin(const official_channel_ptr& x);
  void rejoin_later(const official_channel_ptr& x);
  void failed(const official_channel_ptr& x);
  void send_join(const official_channel_ptr& x);
  void join_answered(const official_channel_ptr& x, const received_message& reply);
  void push_now(const official_channel_ptr& x, const official_push_ptr& what);
  void start_timeout(const official_push_ptr& x, std::function<void()> then);
  void take(official_channel& on, const received_message& x);
  void write(const std::string& join_ref, const official_push& x);
  void write_leave(const official_channel& x);
  void answered(const received_message& x);
  bool can_push(const official_channel& x) const noexcept;

  client_surroundings& around_;
  bool is_open_ = false;
  bool wants_connection_ = false;
  size_t connections_ = 0;
  size_t dial_tries_ = 0;
  uint64_t last_ref_ = 0;
  uint64_t last_timer_ = 0;
  uint64_t dial_timer_ = 0;
  uint64_t heartbeat_timer_ = 0;
  std::string heartbeat_ref_;
  std::vector<std::string> unsent_; ///< written while the connection was not open
  std::vector<official_channel_ptr> channels_;
  std::map<std::string, official_push_ptr> unanswered_; ///< by ref
  std::set<std::string> answered_;                      ///< the refs to which a reply has come
};

} // namespace bennu::engine
