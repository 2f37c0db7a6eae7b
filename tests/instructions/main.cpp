// bennu-instructions: does the work of the hot paths, each between two marks for valgrind's callgrind. See check.py.
//
// One thread in virtual time does everything, so that the counts are the same in every run. What the kernel and the io
// units of transport/ do is not a part of them: apps/bench measures whole servers.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <caf/make_counted.hpp>
#include <nlohmann/json.hpp>
#include <valgrind/callgrind.h>

#include "actors/client/connection.hpp"
#include "actors/client/session.hpp"
#include "actors/node/node_parts.hpp"
#include "actors/presence/replica.hpp"
#include "actors/wire/serializer.hpp"
#include "tests/kit/channel/test_session.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/testing/channel_case.hpp>

namespace {

using namespace bennu;
using namespace bennu::engine;

constexpr int units = 1'000;
constexpr int warm_up = 100;
constexpr int subscribers = 50;

const std::string text = R"({"user":"ann","body":"Good morning, everybody! Is it raining?","at":1700000000})";

void require(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "bennu-instructions: %s\n", what);
  std::exit(1);
}

/// Counts what `one` costs. Caches and pools are warm before.
template <class F>
void measure(const char* name, F one) {
  for (int i = 0; i < warm_up; ++i)
    one(i);
  CALLGRIND_TOGGLE_COLLECT;
  for (int i = warm_up; i < warm_up + units; ++i)
    one(i);
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS_AT(name);
}

class open_socket : public socket {
public:
  connect_result connect(const connect_info&) override { return connected{}; }
};

class work_channel : public channel {
public:
  using channel::channel;

  join_result join(const json&) override { return accept{}; }

  const event_table& handle_in() const override {
    static const events<work_channel> table = {
      {"echo", [](work_channel&, const payload& in) { return reply::ok(in); }},
      {"say", [](work_channel& self, const payload& in) { self.broadcast("said", in); }},
    };
    return table;
  }
};

/// A client that reads everything at once and keeps nothing.
class counting_session : public session {
public:
  void send(frame_ptr) override { ++frames; }
  void send_control(frame_ptr) override { ++frames; }
  void close(uint16_t, std::string_view) override { is_closed = true; }
  void resume_reading() override {}
  bool congested() const noexcept override { return false; }
  bool is_open() const noexcept override { return !is_closed; }
  transport_kind kind() const noexcept override { return transport_kind::websocket; }

  size_t frames = 0;
  bool is_closed = false;
};

class client {
public:
  explicit client(case_node& on) : on_(on), link_(caf::make_counted<counting_session>()) {
    connection_ =
      caf::make_counted<connection>(on_.via, *on_.home.parts().units.front(), link_, *on_.via.serializer_for("2.0.0"),
                                    std::make_unique<open_socket>(), std::string{});
    connection_->start();
    on_.settle();
  }

  ~client() {
    connection_->closed();
    on_.settle_at_end();
  }

  client(const client&) = delete;
  client& operator=(const client&) = delete;

  void send(std::string_view topic, std::string_view event, const std::string& body) {
    frame_.assign(R"(["1","2",")").append(topic).append(R"(",")").append(event).append(R"(",)").append(body) += ']';
    require(connection_->receive(opcode::text, frame_), "a frame is refused");
    on_.settle();
  }

  size_t frames() const noexcept { return link_->frames; }

private:
  case_node& on_;
  caf::intrusive_ptr<counting_session> link_;
  connection_ptr connection_;
  std::string frame_;
};

void measure_codecs() {
  const auto frame = R"(["3","17","room:lobby","new_msg",)" + text + "]";
  const auto body = payload::from_text(text);
  measure("decode", [&](int) {
    require(std::holds_alternative<client_message>(serializer_v2().decode(opcode::text, frame)), "no message");
  });
  measure("encode",
          [&](int) { require(!serializer_v2().broadcast("room:lobby", "new_msg", body)->wire().empty(), "no frame"); });
}

// Somebody comes and goes in a topic of a thousand; both are diffs for the clients.
void measure_presence() {
  presence_replica replica{1, {}};
  const auto meta = payload::from_text(R"({"name":"Ann","online_at":1700000000})");
  for (int i = 0; i < 1'000; ++i)
    replica.join("room:lobby", "user:" + std::to_string(i), meta);
  const auto flush = [&] {
    require(replica.window().flush().size() == 1, "not one diff");
    replica.take_outgoing();
  };
  replica.window().flush();
  measure("presence_diff", [&](int) {
    const auto id = replica.join("room:lobby", "user:new", meta).first;
    flush();
    replica.leave(id);
    flush();
  });
}

void measure_channels() {
  channel_case test{endpoint{"/socket"}.serve<open_socket>().channel<work_channel>("room:*")};
  auto& on = case_parts::of(test);
  client ann{on};
  ann.send("room:ann", "phx_join", "{}");
  measure("echo", [&](int) { ann.send("room:ann", "echo", text); });
  require(ann.frames() == 1 + warm_up + units, "an echo is missing");

  measure("join_and_leave", [&](int i) {
    const auto topic = "room:" + std::to_string(i);
    ann.send(topic, "phx_join", "{}");
    ann.send(topic, "phx_leave", "{}");
  });

  std::vector<std::unique_ptr<client>> room;
  for (int i = 0; i < subscribers; ++i) {
    room.push_back(std::make_unique<client>(on));
    room.back()->send("room:all", "phx_join", "{}");
  }
  measure("publish_to_50", [&](int) { room.front()->send("room:all", "say", text); });
  for (const auto& x : room)
    require(x->frames() == 1 + warm_up + units, "a delivery is missing");
}

} // namespace

int main() {
  measure_codecs();
  measure_presence();
  measure_channels();
}
