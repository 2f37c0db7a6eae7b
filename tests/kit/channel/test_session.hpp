#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/client/connection.hpp"
#include "actors/client/session.hpp"
#include "tests/kit/channel/case_node.hpp"
#include "tests/kit/channel/frame_reader.hpp"
#include <bennu/actors/limits.hpp>

namespace bennu::engine {

/// The value of a payload, a binary one as `json::binary`.
json value_of(const payload& body);

/// A message as the texts of failures show it.
std::string shown(const received_message& x);

/// A session without a socket: keeps what the client receives. While the client does not read, messages wait in an
/// outbox with the bounds and the policy of the endpoint, as in `transport/`.
class recorded_session : public session {
public:
  void send(frame_ptr x) override;
  void send_control(frame_ptr x) override;
  void close(uint16_t code, std::string_view reason) override;
  void resume_reading() override { ++times_resumed; }
  bool congested() const noexcept override { return is_congested && policy() == overflow::close; }
  size_t waiting_bytes() const noexcept override { return unread_bytes(false); }
  bool is_open() const noexcept override { return close_code == 0; }
  transport_kind kind() const noexcept override { return as; }

  /// The client reads on: it receives what has waited.
  void read_on();

  const socket_options* options = nullptr; ///< those of the endpoint; null: the outbox has no bounds
  const caf::actor_system* system = nullptr;
  std::function<void()> when_closed; ///< called once, when the server closes
  std::vector<received_message> received;
  std::map<std::string, std::string> positions; ///< by topic: the last one that the client has received
  bool speaks_v1 = false;
  uint16_t close_code = 0;
  bool is_congested = false;
  int times_resumed = 0;
  bool next_control_fails = false; ///< `send_control` throws once
  transport_kind as = transport_kind::websocket;

private:
  struct unread {
    frame_ptr bytes;
    bool control;
  };

  overflow policy() const noexcept { return options ? options->when_outbox_full : overflow::close; }
  size_t unread_bytes(bool control) const noexcept;
  bool finds_space(size_t size);
  void receive(const frame& x);
  void too_slow();

  std::deque<unread> outbox_;
};

/// A client: numbers what it sends, and keeps what it receives until a test takes it.
class test_session {
public:
  /// The client speaks the serializer that `info.params` ask for by `vsn`, otherwise v2. REQUIRES: the endpoint has it.
  test_session(case_node& on, std::unique_ptr<socket> user, const connected& terms, const connect_info& info);
  ~test_session();

  /// Sends a message and lets everything happen that follows from it. @returns its ref
  /// @throws std::invalid_argument when the serializer cannot express it
  std::string send(const std::string& join_ref, const std::string& topic, std::string_view event, const payload& body);

  /// Sends these bytes as they are. What cannot be decoded, or is too large, closes the connection.
  void send_frame(opcode kind, std::string_view bytes);

  /// Removes the first message for which this holds.
  template <class Predicate>
  std::optional<received_message> take(Predicate fits) {
    auto& all = link_->received;
    for (auto i = all.begin(); i != all.end(); ++i)
      if (fits(*i)) {
        auto result = std::move(*i);
        all.erase(i);
        return result;
      }
    return {};
  }

  std::vector<received_message> take_all() { return std::exchange(link_->received, {}); }

  /// What the client has received and no test has taken, as text for the message of an expectation.
  /// @param remark what to say about each of these messages
  std::string rest(const std::function<std::string(const received_message&)>& remark = {}) const;

  void close();
  void congest(bool now);
  uint16_t close_code() const noexcept { return link_->close_code; }

  /// Names the blocking work of this topic that the test holds back, for the message of an expectation.
  std::string held_work(const std::string& topic) const;

  /// What crashed last on the nodes of the test, for the message of an expectation.
  std::string last_crash() const;

  bool is_on() const noexcept { return node_ != nullptr; } ///< false when the node has ended

  /// @throws std::logic_error when the node has ended; `send` and `congest`, too
  connection& client();
  case_node& on();
  const std::string& id() const noexcept { return id_; }
  recorded_session& link() const noexcept { return *link_; }

  /// Counts the clients of a test.
  size_t number() const noexcept { return number_; }

  /// The node is about to end.
  void abandon();

private:
  case_node* node_;
  std::string id_;
  size_t number_;
  caf::intrusive_ptr<recorded_session> link_;
  connection_ptr client_;
  uint64_t last_ref_ = 0;
};

/// The engines behind a test, for tests of the engines themselves.
struct case_parts {
  static test_session& of(const test_client& x) noexcept { return *x.session_; }
  static case_node& of(const test_node& x) noexcept { return *x.node_; }
  static connection& connection_of(const test_client& x) { return x.session_->client(); }
};

} // namespace bennu::engine
