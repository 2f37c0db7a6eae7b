#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <caf/actor.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/connection.hpp"
#include "actors/client/session.hpp"
#include "tests/kit/engine/frame_reader.hpp"
#include "tests/kit/engine/virtual_system.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/pattern.hpp>

namespace bennu::engine {

/// What a test sees of broadcasts: all those of the topics that are watched.
struct seen_broadcast {
  std::string topic;
  std::string event;
  nlohmann::json body;
};

class test_session;

/// The node behind a `channel_case`: an actor system in virtual time, the supervision tree that a node needs, and a
/// listener.
///
/// Thread safety: for the test's thread.
class test_node {
public:
  test_node(endpoint x, const std::function<void(node&)>& prepare);
  ~test_node();

  void watch(const std::string& topic);

  /// Gives the first broadcast that fits and forgets it.
  std::optional<nlohmann::json> take_broadcast(const std::string& topic, std::string_view event, const pattern& body);

  /// Why none of the broadcasts fits, for the message of an expectation.
  std::string other_broadcasts(const std::string& topic, std::string_view event, const pattern& body) const;

  const caf::actor& root() const noexcept { return root_; }

  virtual_system world; ///< goes last
  const endpoint via;
  node home;

  /// Tells those who are connected that the test is over; they hold references to what goes.
  std::vector<std::weak_ptr<test_session>> sessions;

private:
  caf::actor root_;
  caf::actor listener_;
  std::shared_ptr<std::vector<seen_broadcast>> seen_;
  std::unordered_set<std::string> watched_;
};

/// A session without a socket: keeps what the client receives.
class recorded_session : public session {
public:
  void send(frame_ptr x) override;
  void send_control(frame_ptr x) override { send(std::move(x)); }
  void close(uint16_t code, std::string_view reason) override;
  void resume_reading() override {}
  bool congested() const noexcept override { return false; }
  bool is_open() const noexcept override { return close_code == 0; }
  transport_kind kind() const noexcept override { return transport_kind::websocket; }

  std::vector<received_message> received;
  uint16_t close_code = 0;
};

/// A client: numbers what it sends, and looks for what it receives.
class test_session {
public:
  test_session(test_node& on, std::unique_ptr<socket> user, const connected& terms);
  ~test_session();

  /// Sends a message and lets everything happen that follows from it. @returns its ref
  std::string send(const std::string& join_ref, const std::string& topic, std::string_view event, const payload& body);

  /// Gives the first message for which this holds and forgets it.
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

  /// What the client has received and no test has taken, as text for the message of an expectation.
  std::string rest() const;

  void close();
  uint16_t close_code() const noexcept { return link_->close_code; }
  connection& client() noexcept { return *client_; }
  test_node& on() noexcept { return *node_; }
  const std::string& id() const noexcept { return id_; }

  /// The node is about to go.
  void abandon();

private:
  test_node* node_;
  std::string id_;
  caf::intrusive_ptr<recorded_session> link_;
  connection_ptr client_;
  uint64_t last_ref_ = 0;
};

} // namespace bennu::engine
