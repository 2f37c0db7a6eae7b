// Faults that are planted on purpose, each in a copy of a component: the kit must find every one of them.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/send.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/node/node_parts.hpp"
#include "tests/kit/cluster/client_line.hpp"
#include "tests/kit_test/failure.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

enum class mutant { none, lost, doubled, reordered, ghost, wrong_restart, leaked_timer, answered_twice };

mutant planted = mutant::none;

bool is(mutant x) {
  return planted == x;
}

/// A link with a mistake: what it does to a broadcast when much waits for the peer.
class faulty_link : public engine::cluster_link {
public:
  explicit faulty_link(engine::cluster_link& real) : real_(real) {}

  bool send(const std::string& name, engine::link_block bytes, uint64_t broadcasts) override {
    const auto held = std::exchange(held_[name], nullptr);
    if (broadcasts > 0 && !held && real_.queued(name) > 400) {
      if (is(mutant::lost))
        return true;
      if (is(mutant::doubled))
        real_.send(name, bytes, broadcasts);
      if (is(mutant::reordered)) {
        held_[name] = std::move(bytes);
        return true;
      }
    }
    const auto sent = real_.send(name, std::move(bytes), broadcasts);
    return held ? real_.send(name, held, 1) : sent;
  }

  void attend(const caf::actor& hub) override { real_.attend(hub); }
  size_t queued(const std::string& name) const override { return real_.queued(name); }
  std::vector<engine::link_state> states() const override { return real_.states(); }
  void carry(std::shared_ptr<engine::shared_names> names) override { real_.carry(std::move(names)); }
  void tell_names(const std::vector<engine::name_entry>& changes) override { real_.tell_names(changes); }
  uint64_t micros_now() const override { return real_.micros_now(); }
  void cut(const std::string& name, const std::string& why) override { real_.cut(name, why); }

private:
  engine::cluster_link& real_;
  std::map<std::string, engine::link_block> held_;
};

struct tick {};

struct tick_for {
  std::string topic;
};

struct guest_socket : bennu::socket {
  connect_result connect(const connect_info& info) override {
    name = info.param("user");
    return connected{};
  }
  std::string name;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tick_for)

namespace {

/// What a node has for its rooms. The keeper outlives them: it owns presences and timers that rooms with a mistake
/// leave to it.
struct room_parts {
  node* home = nullptr;
  caf::actor keeper;
  uint64_t joins = 0;
};

caf::behavior keep(caf::event_based_actor* self, node* home) {
  return {[self, home](const tick_for& x) {
    home->topics().broadcast(x.topic, "tick", payload(json::object()));
    self->delayed_send(self, 1s, x);
  }};
}

class chat_room : public channel_of<chat_room> {
public:
  chat_room(channel_context context, std::shared_ptr<room_parts> parts)
    : channel_of(context), parts_(std::move(parts)) {}

  join_result join(const json&) override {
    self()->send(self(), tick{});
    return accept{};
  }

  static events<chat_room> events_in() {
    return {{"say", [](chat_room& self, const json& in) {
               self.broadcast("said", in);
               return reply::ok();
             }}};
  }

  caf::message_handler handle_info() override {
    return {[this](tick) { key_.empty() ? begin() : ticks(); }};
  }

  void terminate(const caf::error&) override {
    if (is(mutant::ghost))
      parts_->home->presences().untrack(parts_->keeper, topic(), key_);
  }

private:
  void begin() {
    key_ = socket_as<guest_socket>().name;
    if (is(mutant::ghost)) { // `terminate` untracks it, which a crash skips
      key_ += std::to_string(++parts_->joins);
      parts_->home->presences().track(parts_->keeper, topic(), key_, json::object());
    } else {
      presence().track(key_, json::object());
    }
    if (is(mutant::leaked_timer) && key_ == "ann") // it goes on when the room crashes
      return caf::anon_send(parts_->keeper, tick_for{topic()});
    ticks();
  }

  void ticks() {
    if (!key_.starts_with("ann"))
      return;
    broadcast("tick");
    self()->delayed_send(self(), 1s, tick{});
  }

  std::shared_ptr<room_parts> parts_;
  std::string key_;
};

/// The world of one run, with the mistake that is planted in it.
struct mutant_world {
  std::vector<std::unique_ptr<faulty_link>> links;
  std::map<std::string, std::shared_ptr<room_parts>> parts;

  cluster_case_options options() {
    cluster_case_options result{.nodes = {"a", "b"}};
    result.prepare = [this](node& home) {
      links.push_back(std::make_unique<faulty_link>(*home.parts().link));
      home.parts().link = links.back().get();
      parts[home.name()] = std::make_shared<room_parts>(room_parts{&home, {}, 0});
    };
    result.children = [this](node& home) {
      auto start = [mine = parts.at(home.name())](caf::event_based_actor* parent, const start_cause&) -> start_result {
        mine->keeper = parent->spawn(keep, mine->home);
        return mine->keeper;
      };
      return std::vector{child_spec{"keeper", start}};
    };
    return result;
  }

  endpoint rooms(node& home) const {
    channel_options options;
    options.restart_as = is(mutant::wrong_restart) ? restart::temporary : restart::transient;
    return endpoint{"/socket"}.serve<guest_socket>().channel<chat_room>("room:*", options, parts.at(home.name()));
  }
};

std::vector<int> numbers(const std::vector<json>& payloads) {
  std::vector<int> result;
  for (const auto& x : payloads)
    result.push_back(x.at("n"));
  return result;
}

// Ann talks to bob on another node while links are slow, her room crashes and her connection is lost. No session
// between the nodes ends, so that bob hears everything that was said.
void talk(cluster_case& test) {
  auto client = test.connect("a", {{"user", "ann"}});
  auto ann = client.join("room:lobby");
  auto bob = test.connect("b", {{"user", "bob"}}).join("room:lobby");
  test.expect_soon("both are joined", [&] { return ann.is_joined() && bob.is_joined(); });
  std::map<int, simulated_push> pushed;
  for (int i = 1; i <= 8; ++i) {
    test.random_fault({fault_action::slow, fault_action::delay, fault_action::pause}, 3s);
    if (i == 3)
      test.fault("a", "crash label=chat_room* event=say times=1");
    if (i == 6)
      test.reset(client);
    pushed[i] = ann.push("say", {{"n", i}});
    test.run_for(500ms);
  }
  test.heal_all();
  test.run_for(15s);
  const auto heard = numbers(bob.received("said"));
  std::vector<int> said;
  for (const auto& [n, x] : pushed)
    if (x.status() == "ok")
      said.push_back(n);
  test.expect("bob hears things in order", std::ranges::is_sorted(heard));
  test.expect("bob hears everything that was said",
              std::includes(heard.begin(), heard.end(), said.begin(), said.end()));
  test.expect("bob hears it once", std::ranges::adjacent_find(heard) == heard.end());
  test.expect("a crash of the room costs no join", ann.joins() == client.connections());
  const auto ticks = bob.received("tick").size();
  test.run_for(10s);
  test.expect("there is one tick a second", bob.received("tick").size() - ticks <= 11);
  client.close();
  test.run_for(15s);
  test.expect("only bob is present", test.presence("b", "room:lobby").size() == 1);
}

/// What `for_seeds` says of a mutant; empty when it finds nothing.
std::string report_of_mutant(mutant x, uint64_t seeds) {
  mutant_world world;
  planted = x;
  auto text = failure_of([&] {
    for_seeds(
      seeds, [&](node& home) { return world.rooms(home); }, world.options(), talk);
  });
  planted = mutant::none;
  return text;
}

size_t faults_in(const std::string& report) {
  const auto begin = report.find("faults that it needs:");
  const auto end = report.find("the last events:");
  return static_cast<size_t>(std::count(report.begin() + static_cast<std::ptrdiff_t>(begin),
                                        report.begin() + static_cast<std::ptrdiff_t>(end), '\n'))
         - 1;
}

struct found_mutant {
  mutant which;
  const char* says;
};

} // namespace

TEST_CASE("mutants: without a mistake no seed fails") {
  CHECK(report_of_mutant(mutant::none, 10).empty());
}

TEST_CASE("mutants: every planted mistake is found, with at most ten faults that lead to it") {
  engine::client_line::planted_copies = [&](const engine::received_message& x) {
    const bool rejoins = x.event == "phx_reply" && x.ref == x.join_ref && x.topic == "room:lobby" && x.ref != "1";
    return is(mutant::answered_twice) && rejoins ? 2 : 1;
  };
  for (const auto& [which, says] : {found_mutant{mutant::lost, "bob hears everything that was said"},
                                    {mutant::doubled, "bob hears it once"},
                                    {mutant::reordered, "bob hears things in order"},
                                    {mutant::ghost, "only bob is present"},
                                    {mutant::wrong_restart, "a crash of the room costs no join"},
                                    {mutant::leaked_timer, "there is one tick a second"},
                                    {mutant::answered_twice, "got a second reply to ref"}}) {
    const auto report = report_of_mutant(which, 1'000);
    CAPTURE(report);
    REQUIRE_FALSE(report.empty());
    CHECK(contains(report, says));
    CHECK(contains(report, ": mutants_test.cpp:")); // also what a client finds stands in the test
    CHECK(faults_in(report) <= 10);
  }
  engine::client_line::planted_copies = nullptr;
}
