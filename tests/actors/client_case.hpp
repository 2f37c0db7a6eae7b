#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/client/channel_join.hpp"
#include "actors/client/connection.hpp"
#include "actors/client/session.hpp"
#include "actors/node/node_parts.hpp"
#include "tests/actors/answers.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu::test {

using namespace engine;

/// A session without a socket: keeps what the client would see.
class recorded_session : public session {
public:
  void send(frame_ptr x) override { seen.emplace_back(x->body()); }
  void send_control(frame_ptr x) override {
    if (std::exchange(next_control_fails, false))
      throw std::runtime_error("as the test asked");
    send(std::move(x));
  }
  void close(uint16_t code, std::string_view) override {
    closed_with = code;
    seen_at_close = seen.size();
  }
  void resume_reading() override { ++resumed; }
  bool congested() const noexcept override { return is_congested; }
  size_t waiting_bytes() const noexcept override { return waiting; }
  bool is_open() const noexcept override { return closed_with == 0; }
  transport_kind kind() const noexcept override { return transport_kind::websocket; }

  std::vector<std::string> seen;
  uint16_t closed_with = 0;
  size_t seen_at_close = 0;
  bool next_control_fails = false; ///< `send_control` throws once
  bool is_congested = false;       ///< the client does not take what was sent
  size_t waiting = 0;              ///< what `waiting_bytes` says
  int resumed = 0;                 ///< how often the connection has resumed reading
};

/// A node in virtual time with one endpoint and one client, whose frames are plain text.
class client_case {
public:
  explicit client_case(endpoint x, const std::function<void(node&)>& prepare = {}, const connected& terms = {},
                       node_options of_node = without_threads(), std::string id = {})
    : via_(std::move(x)), home_(world_.system(), "test", {}, std::move(of_node)) {
    home_.parts().keep_histories(via_);
    if (prepare)
      prepare(home_);
    supervisor_spec root{one_for_one};
    for (auto& child : home_.children())
      root.add(std::move(child));
    root_ = world_.own(root.spawn(world_.system()));
    world_.settle();
    link_ = caf::make_counted<recorded_session>();
    client_ = caf::make_counted<connection>(via_, unit(), link_, *via_.serializer_for("2.0.0"), via_.make_socket(),
                                            std::move(id));
    client_->start(terms);
    world_.settle();
  }

  /// Blocking work runs immediately, on the thread of the test.
  static node_options without_threads() {
    node_options result;
    result.blocking.in_place = true;
    return result;
  }

  ~client_case() {
    client_->closed();
    world_.settle();
    signal_exit(root_, exits::shutdown());
    world_.settle();
  }

  /// The client sends one message; everything that follows from it happens.
  void send(std::string_view text) {
    client_->receive(opcode::text, text);
    world_.settle();
  }

  /// Several messages that arrive in one piece.
  void send_at_once(const std::vector<std::string>& texts) {
    for (auto& x : texts)
      client_->receive(opcode::text, x);
    world_.settle();
  }

  /// An ordinary message to the channel of a topic.
  template <class T>
  void tell(std::string_view topic, T message) {
    caf::anon_send(client_->find(topic)->actor, std::move(message));
    world_.settle();
  }

  void advance(std::chrono::nanoseconds time) { world_.advance(time); }

  /// Faults on purpose from here on; see `fault_rule`.
  void fault(std::string_view rule) { world_.options().faults().set(fault_rule::parse(rule)); }
  void no_faults() { world_.options().faults().clear(); }

  /// What the supervisor of the channels counts.
  child_counts channel_counts() { return world_.ask<child_counts>(unit().channels.get(), count_children_command{}); }

  /// How many telemetry events of this name there were.
  std::ptrdiff_t events(const std::string& name) const { return world_.events(name); }

  /// Everything that can happen now happens.
  void settle() { world_.settle(); }

  recorded_session& session() noexcept { return *link_; }

  /// The client closes its socket.
  void hang_up() {
    client_->closed();
    world_.settle();
  }

  caf::actor_addr connection_actor_address() const { return client_->actor.address(); }

  /// How many references keep the connection, the test's own among them.
  size_t holders_of_connection() const { return client_->get_reference_count(); }

  void kill_connection_actor() {
    signal_exit(client_->actor, exits::kill());
    world_.settle();
  }

  /// An actor that does nothing, and lives as long as the test does.
  caf::actor spawn_idle() {
    // With an argument: without one CAF 0.17.6 binds a reference to a null tuple, which UBSan stops.
    auto idle = [](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; };
    return world_.own(world_.system().spawn(idle, 0));
  }

  /// The actor that serves presence for a topic ends abnormally.
  void crash_presence(std::string_view topic) {
    signal_exit(home_.presences().actor_of(topic), exits::kill());
    world_.settle();
  }

  /// What the client saw since the last call.
  std::vector<std::string> seen() { return std::exchange(link_->seen, {}); }
  uint16_t closed_with() const { return link_->closed_with; }
  int times_resumed() const { return link_->resumed; }

  /// How many frames were sent before the session was closed, without those that `seen` has returned.
  size_t seen_at_close() const { return link_->seen_at_close; }

  /// Sending the next control frame throws.
  void fail_next_control_frame() { link_->next_control_fails = true; }

  /// The client stops taking what it is sent, and goes on.
  void stop_reading() { link_->is_congested = true; }
  void go_on_reading() {
    link_->is_congested = false;
    client_->on_drained();
    world_.settle();
  }
  node& home() { return home_; }
  unit_services& unit() { return *home_.parts().units.front(); }
  connection& client() { return *client_; }

private:
  virtual_system world_;
  endpoint via_;
  node home_;
  caf::actor root_;
  caf::intrusive_ptr<recorded_session> link_;
  connection_ptr client_;
};

} // namespace bennu::test
