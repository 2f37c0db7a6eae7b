#include "tests/simulation/world.hpp"

#include <algorithm>

#include <caf/send.hpp>

#include "actors/node/node_parts.hpp"
#include "supervision/process/crash_report.hpp"
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::test {

using namespace engine;

using namespace std::chrono_literals;

namespace {

std::string life_of(simulated_node& x) {
  return x.who().name + "#" + std::to_string(x.who().incarnation);
}

/// Subscribes to the numbers and to the presences, and records what it receives.
class watcher : public process {
public:
  watcher(caf::actor_config& config, bennu::node& home, witness& notes, std::string topic)
    : process(config), home_(home), notes_(notes), topic_(std::move(topic)) {}

protected:
  caf::behavior make_behavior() override {
    home_.topics().subscribe("news", caf::actor_cast<caf::actor>(this));
    home_.topics().subscribe(topic_, caf::actor_cast<caf::actor>(this));
    return {
      [this](const broadcast_ptr& x) { x->event == "presence_diff" ? sync(x->body.value()) : news(x->body.value()); }};
  }

private:
  void news(const json& x) {
    auto& last = notes_.last[x.at("from")];
    const auto number = x.at("n").get<uint64_t>();
    notes_.wrong += number <= last ? 1 : 0;
    last = number;
    ++notes_.heard;
  }

  // Applies a diff as phoenix.js does.
  void sync(const json& diff) {
    for (const auto& [key, presence] : diff.at("joins").items())
      for (const auto& meta : presence.at("metas"))
        notes_.impossible += notes_.present[key].emplace(meta.at("phx_ref"), meta).second ? 0 : 1;
    for (const auto& [key, presence] : diff.at("leaves").items())
      for (const auto& meta : presence.at("metas"))
        notes_.impossible += notes_.present[key].erase(meta.at("phx_ref")) == 1 ? 0 : 1;
    std::erase_if(notes_.present, [](const auto& x) { return x.second.empty(); });
  }

  bennu::node& home_;
  witness& notes_;
  std::string topic_;
};

} // namespace

json sorted(json presences) {
  for (auto& [key, presence] : presences.items()) {
    auto& metas = presence["metas"];
    std::sort(metas.begin(), metas.end(), [](const json& x, const json& y) { return x["phx_ref"] < y["phx_ref"]; });
  }
  return presences;
}

world::world(uint64_t seed, size_t nodes)
  : sim(seed, {.children = [this](node& home) { return watchers(home); }}, {.max_queued = size_t{64} << 10}) {
  for (size_t i = 0; i < nodes; ++i)
    names_.push_back(std::string{static_cast<char>('a' + i)});
  for (const auto& name : names_)
    start(name);
}

std::vector<child_spec> world::watchers(node& home) {
  auto& notes = witnesses_[home.name()];
  telemetry::of(home.system()).attach("supervisor.restarted", [this, name = home.name()](const telemetry_event& x) {
    sim.note(name + ": restarted " + std::string{x.text("id")} + ": " + std::string{x.text("text")});
  });
  return {child_spec{"watcher", [&](caf::event_based_actor* parent, const start_cause&) -> start_result {
                       return caf::actor{parent->spawn<watcher>(std::ref(home), std::ref(notes), std::string{topic})};
                     }}};
}

void world::start(const std::string& name) {
  heard_before_ += witnesses_[name].heard;
  witnesses_[name] = {};
  people_[name].clear();
  sim.start(name);
  // Lets the watcher subscribe before anything is published.
  sim.run_for(1us);
}

void world::crash(const std::string& name) {
  dead_[life_of(sim[name])] = sim.now();
  people_[name].clear();
  sim.crash(name);
}

std::string world::any_node() {
  const auto running = sim.names();
  return running.empty() ? std::string{} : running[sim.chance()() % running.size()];
}

// Sometimes so much that the queue of a stalled link becomes full.
void world::publish(const std::string& name) {
  auto& x = sim[name];
  const std::string filler(sim.chance()() % 8 == 0 ? 8'000 : 10, 'x');
  x.home().topics().broadcast("news", "item",
                              json{{"from", life_of(x)}, {"n", ++published_[life_of(x)]}, {"filler", filler}});
}

void world::track(const std::string& name) {
  auto& x = sim[name];
  person one{x.system().spawn([](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; }, 0),
             "key" + std::to_string(sim.chance()() % 5)};
  x.home().presences().track(one.who, topic, one.key, json{{"life", life_of(x)}, {"n", ++people_so_far_}});
  people_[name].push_back(std::move(one));
}

void world::update(const std::string& name) {
  auto& people = people_[name];
  if (people.empty())
    return;
  auto& one = people[sim.chance()() % people.size()];
  sim[name].home().presences().update(one.who, topic, one.key,
                                      json{{"life", life_of(sim[name])}, {"n", ++people_so_far_}});
}

// A bug crashes one of the node's own actors. When that happens too often the whole node gives up, as it must.
void world::crash_an_actor(const std::string& name) {
  auto& home = sim[name].home();
  signal_exit(sim.chance()() % 2 == 0 ? home.parts().hub.get() : home.presences().actor_of(topic), exits::kill());
  sim.run_for(1us);
  if (!is_alive(sim[name].root()))
    crash(name);
}

// Half of them untrack themselves, the other half just ends.
void world::untrack(const std::string& name) {
  auto& people = people_[name];
  if (people.empty())
    return;
  auto one = people.back();
  people.pop_back();
  if (sim.chance()() % 2 == 0)
    sim[name].home().presences().untrack(one.who, topic, one.key);
  signal_exit(one.who, exits::kill());
}

void world::do_something() {
  auto& chance = sim.chance();
  const auto a = names_[chance() % names_.size()];
  const auto b = names_[chance() % names_.size()];
  const auto there = any_node();
  switch (chance() % 24) {
    case 0:
      sim.running(a) ? crash(a) : start(a);
      break;
    case 1:
      if (a != b)
        sim.cut(a, b);
      break;
    case 2:
    case 3:
      if (a != b)
        sim.heal(a, b);
      break;
    case 4:
      if (a != b)
        sim.reset(a, b);
      break;
    case 5:
      if (a != b)
        sim.stall(a, b, std::chrono::milliseconds{chance() % 3'000});
      break;
    case 6:
      if (!sim.running(a))
        start(a);
      break;
    case 8:
      if (!there.empty())
        crash_an_actor(there);
      break;
    case 7:
      if (!there.empty())
        sim.jump(there, std::chrono::milliseconds{chance() % 1'000});
      break;
    default:
      if (there.empty())
        break;
      switch (chance() % 8) {
        case 0:
        case 1:
          track(there);
          break;
        case 2:
          untrack(there);
          break;
        case 3:
          update(there);
          break;
        default:
          for (auto n = chance() % 20; n > 0; --n)
            publish(there);
      }
  }
  sim.run_for(std::chrono::microseconds{chance() % (chance() % 10 == 0 ? 3'000'000 : 30'000)});
}

void world::heal() {
  for (const auto& name : sim.names())
    if (!is_alive(sim[name].root()))
      crash(name);
  for (const auto& name : names_)
    if (!sim.running(name))
      start(name);
  sim.heal_all();
  sim.run_for(12s); // enough to notice old cuts, to dial, and for two heartbeats
}

uint64_t world::heard() const {
  auto result = heard_before_;
  for (const auto& [name, x] : witnesses_)
    result += x.heard;
  return result;
}

// -- what must be true ----------------------------------------------------------

void world::check_always() {
  for (const auto& name : sim.names()) {
    CAPTURE(name);
    CHECK(witnesses_[name].wrong == 0);
    CHECK(witnesses_[name].impossible == 0);
    const auto list = sim[name].home().presences().list(topic).value();
    for (const auto& [key, presence] : list.items())
      for (const auto& meta : presence.at("metas")) {
        const auto died = dead_.find(meta.at("life"));
        const auto ghost = died != dead_.end() && sim.now() > died->second + 10s;
        CHECK_FALSE_MESSAGE(ghost, meta);
      }
    for (const auto& other : names_)
      CHECK(sim[name].queued(other) <= size_t{64} << 10);
  }
}

json world::own_presences() const {
  json result = json::object();
  for (const auto& [name, people] : people_)
    for (const auto& one : people)
      result[one.key] = result.value(one.key, 0) + 1;
  return result;
}

void world::check_healed() {
  const auto expected = own_presences();
  const auto first = sorted(sim[names_[0]].home().presences().list(topic).value());
  for (const auto& name : names_) {
    CAPTURE(name);
    const auto list = sorted(sim[name].home().presences().list(topic).value());
    CHECK(list == first);
    json counted = json::object();
    json as_seen = json::object();
    for (const auto& [key, presence] : list.items())
      counted[key] = presence.at("metas").size();
    CHECK(counted == expected);
    // A client that has applied every diff has the same as a new client.
    std::map<std::string, std::vector<std::string>> refs;
    for (const auto& [key, presence] : list.items())
      for (const auto& meta : presence.at("metas"))
        refs[key].push_back(meta.at("phx_ref"));
    std::map<std::string, std::vector<std::string>> client;
    for (const auto& [key, metas] : witnesses_[name].present)
      for (const auto& [ref, meta] : metas)
        client[key].push_back(ref);
    CHECK(client == refs);
  }
}

} // namespace bennu::test
