#include "tests/simulation/log_world.hpp"

#include <array>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <doctest/doctest.h>

#include "actors/client/unit_services.hpp"
#include "actors/node/node_parts.hpp"
#include "supervision/process/crash_report.hpp"
#include "tests/simulation/seeds.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::test {

using namespace engine;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr std::array all_nodes{"a", "b", "c"};

struct log_channel : channel_of<log_channel> {
  log_channel(channel_context context, counts& so_far) : channel_of(std::move(context)), published(so_far) {}

  join_result join(const json&) override { return accept{}; }

  static events<log_channel> events_in() {
    return {{"pub_from",
             [](log_channel& self, const json& in) {
               const json body{{"who", in.at("who")}, {"n", ++self.published[in.at("who").get<std::string>()]}};
               self.broadcast_from(in.at("event").get<std::string>(), body);
               return reply::ok(body);
             }},
            {"crash", [](log_channel&, const payload&) -> reply { throw std::runtime_error("as the test asked"); }}};
  }

  static events<log_channel> events_out() {
    return {{"wrapped", [](log_channel& self, const payload& in) { self.push("msg", in); }}};
  }

  counts& published;
};

struct anybody : socket {
  connect_result connect(const connect_info&) override { return bennu::connected{}; }
};

channel_options options(const history& bounds) {
  channel_options result;
  result.history = bounds;
  result.intensity = {100, 1s};
  return result;
}

} // namespace

log_world::log_world(uint64_t seed, history bounds)
  : overflows_(bounds.age < 1min), clocks_jump_(seed % 2 == 0),
    via_(endpoint{"/socket"}
           .serve<anybody>()
           .channel<log_channel>("log:*", options(bounds), std::ref(published_))
           .channel<log_channel>("plain:*", {}, std::ref(published_))),
    sim(seed, {.prepare = [this](node& home) { home.parts().keep_histories(via_); }}) {
  for (const auto* name : all_nodes)
    start(name);
  readers.resize(4);
  sim.run_for(10s);
}

log_world::~log_world() {
  for (auto& x : readers)
    hang_up(x);
  sim.run_for(1s);
}

// -- what happens ----------------------------------------------------------------

void log_world::do_something() {
  const auto what = sim.chance()() % 30;
  if (what < 6)
    disturb_a_node(what);
  else if (what < 14)
    disturb_a_link(what - 6);
  else if (what < 22)
    let_a_reader_act(what - 14);
  else
    for (auto n = sim.chance()() % 4, from = sim.chance()(); n > 0; --n)
      publish(all_nodes[from % all_nodes.size()]);
  sim.run_for(milliseconds{sim.chance()() % 400});
}

void log_world::disturb_a_node(uint64_t how) {
  const auto name = any_node();
  if (how < 2)
    return start(name);
  if (!sim.running(name))
    return;
  switch (how) {
    case 2:
      if (!clocks_jump_ && sim.chance()() % 3 == 0)
        crash(name);
      return;
    case 3:
      return is_awake(name) ? crash_an_actor(name) : void();
    case 4:
      return sim.pause(name, milliseconds{sim.chance()() % 3'000});
    default:
      if (clocks_jump_)
        sim.jump(name, milliseconds{sim.chance()() % (sim.chance()() % 4 == 0 ? 20'000 : 1'000)});
  }
}

void log_world::disturb_a_link(uint64_t how) {
  const auto from = any_node(), to = any_node();
  if (how == 0)
    return sim.heal_all();
  if (from == to || !sim.running(from) || !sim.running(to))
    return;
  const milliseconds time{sim.chance()() % 3'000};
  switch (how) {
    case 1:
      return sim.cut(from, to);
    case 2:
      return sim.reset(from, to);
    case 3:
      return sim.stall(from, to, time);
    case 4:
      return sim.lose(from, to, time);
    case 5: // its delay changes, and is different on the way back
    case 6:
      return sim.slow(from, to, time);
    default:
      return sim.slow(from, to, time / 100);
  }
}

void log_world::let_a_reader_act(uint64_t how) {
  auto& x = readers[sim.chance()() % readers.size()];
  if (how < 3)
    return connect(x, any_node());
  if (how == 3)
    return read_all();
  if (!x.at || !is_awake(x.node))
    return;
  switch (how) {
    case 4:
      return hang_up(x);
    case 5:
      return x.send("crash", json::object());
    case 6:
      if (x.is_answered && sim.chance()() % 2 == 0)
        x.leave();
      return sim.chance()() % 2 == 0 ? join(x) : void();
    default:
      x.send("pub_from", {{"who", x.node + std::to_string(sim[x.node].who().incarnation)},
                          {"event", sim.chance()() % 4 == 0 ? "wrapped" : "msg"}});
  }
}

// -- nodes -----------------------------------------------------------------------

void log_world::start(const std::string& name) {
  if (!sim.running(name))
    sim.start(name);
}

void log_world::crash(const std::string& name) {
  for (auto& x : readers)
    if (x.node == name)
      hang_up(x);
  sim.crash(name);
}

void log_world::crash_an_actor(const std::string& name) {
  auto& parts = sim[name].home().parts();
  const auto& unit = *parts.units.front();
  const caf::actor victims[] = {parts.hub.get(), parts.histories.actor.get(), unit.lane.shard.get()};
  const auto which = sim.chance()() % 3;
  sim.note("kill actor " + std::to_string(which) + " of " + name);
  signal_exit(victims[which], exits::kill());
  sim.run_for(1us);
  if (!is_alive(sim[name].root())) {
    sim.note("the tree of " + name + " has ended");
    crash(name);
  }
}

// A node that is paused does nothing, so that what its clients send waits: here nobody sends it anything.
bool log_world::is_awake(const std::string& name) const {
  return sim.running(name) && sim.paused_for(name).count() == 0;
}

std::string log_world::any_node() {
  return all_nodes[sim.chance()() % all_nodes.size()];
}

void log_world::publish(const std::string& name) {
  if (!is_awake(name))
    return;
  const auto who = name + std::to_string(sim[name].who().incarnation);
  const json body{{"who", who}, {"n", ++published_[who]}};
  if (tells_all_)
    sim.note("publish " + body.dump());
  const auto how = sim.chance()() % 8;
  sim[name].home().topics().broadcast(log_reader::topic, how < 2 ? "wrapped" : "msg",
                                      how % 2 == 0 ? payload(body) : payload::binary(body.dump()));
}

// -- readers ---------------------------------------------------------------------

void log_world::connect(log_reader& x, const std::string& name) {
  if (x.at && !is_awake(x.node))
    return;
  hang_up(x);
  if (!is_awake(name))
    return;
  const bool with_v1 = sim.chance()() % 3 == 0;
  const auto line = caf::make_counted<log_wire>(published_);
  const auto at =
    caf::make_counted<connection>(via_, *sim[name].home().parts().units.front(), line,
                                  *via_.serializer_for(with_v1 ? "1.0.0" : "2.0.0"), via_.make_socket(), "");
  at->start();
  x.connected(name, line, at, with_v1);
  join(x);
}

void log_world::join(log_reader& x) {
  sim.note("reader " + std::to_string(&x - readers.data()) + " joins on " + x.node + " since " + x.position);
  x.join();
}

// The client disconnects, and has read only some of what the server sent.
void log_world::hang_up(log_reader& x) {
  if (!x.at)
    return;
  for (auto some = sim.chance()() % (x.line->frames.size() + 1); some > 0; --some)
    read_one(x);
  sim.note("reader " + std::to_string(&x - readers.data()) + " disconnects from " + x.node);
  x.at->closed();
  x.disconnected();
  sim.run_for(0s);
}

void log_world::read_one(log_reader& x) {
  if (tells_all_)
    sim.note("reader " + std::to_string(&x - readers.data()) + " on " + x.node + " reads "
             + x.line->frames.front().second);
  x.read_one();
}

void log_world::read_all() {
  for (auto& x : readers) {
    while (x.line && !x.line->frames.empty())
      read_one(x);
    if (x.line && x.is_ended && is_awake(x.node))
      join(x);
  }
}

void log_world::tell_all() const {
  if (tells_all_)
    for (const auto& line : sim.history())
      MESSAGE(line);
}

// -- what must be true -----------------------------------------------------------

void log_world::check() const {
  for (const auto& x : readers)
    if (x.error != "") {
      tell_all();
      FAIL("reader " << &x - readers.data() << ": " << x.error);
    }
}

void log_world::heal() {
  for (const auto* name : all_nodes) {
    if (sim.running(name) && !is_alive(sim[name].root())) // its own actors have crashed too often
      crash(name);
    start(name);
  }
  sim.heal_all();
  sim.run_for(20s);
  for (auto& x : readers)
    connect(x, any_node());
  sim.run_for(2s);
  for (const auto* name : all_nodes)
    publish(name);
  for (int i = 0; i < 5; ++i) { // some join again
    sim.run_for(300ms);
    read_all();
  }
}

void log_world::check_healed() {
  const auto kept = kept_by("a");
  REQUIRE(kept.size() >= all_nodes.size());
  CHECK(kept == kept_by("b"));
  CHECK(kept == kept_by("c"));
  for (auto& x : readers) {
    REQUIRE(x.is_answered);
    REQUIRE_FALSE(x.is_ended);
    for (const auto& [who, all] : kept)
      CHECK_MESSAGE(x.has(who, *all.rbegin()), who << " " << *all.rbegin());
  }
  for (const auto* name : all_nodes) {
    const auto who = name + std::to_string(sim[name].who().incarnation);
    CHECK(*kept.at(who).rbegin() == published_.at(who));
  }
}

// The messages of each publisher that a node keeps; the newest alone when the bounds overflow, because the nodes drop
// the others at different times.
std::map<std::string, std::set<uint64_t>> log_world::kept_by(const std::string& name) {
  std::map<std::string, std::set<uint64_t>> result;
  for (const auto& x : sim[name].home().topics().history(log_reader::topic).messages) {
    const auto body = json::parse(x->body.bytes());
    auto& all = result[body.at("who").get<std::string>()];
    all.insert(body.at("n").get<uint64_t>());
    if (overflows_)
      all.erase(all.begin(), std::prev(all.end()));
  }
  return result;
}

} // namespace bennu::test
