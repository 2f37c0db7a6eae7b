#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include <caf/all.hpp>

#include "apps/auction/auction.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/gen_server.hpp>
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace auction {

int64_t lot::least() const {
  return leader.empty() ? cents : cents + std::max<int64_t>(100, cents / 20);
}

std::string lot::refusal(const bid& x, int64_t now) const {
  if (sold || now >= ends)
    return "sold";
  if (x.who == leader)
    return "leading";
  if (x.cents < least())
    return "too_low";
  return x.cents > 100'000'000 ? "too_high" : "";
}

bool lot::beats(const lot& other) const {
  return std::tie(sold, cents, bids, leader) > std::tie(other.sold, other.cents, other.bids, other.leader);
}

lot lot::moved(int64_t ms) const {
  auto x = *this;
  x.ends += ms;
  return x;
}

nlohmann::json lot::to_json(int64_t now) const {
  return {{"title", title},
          {"cents", cents},
          {"least", least()},
          {"leader", leader},
          {"bids", bids},
          {"sold", sold},
          {"ends_in", std::max<int64_t>(0, ends - now)}};
}

namespace {

using namespace std::chrono_literals;
using tick = caf::atom_constant<caf::atom("tick")>;
using beat = caf::atom_constant<caf::atom("beat")>;
constexpr const char* keepers = "auction keepers"; // a group that all nodes know
constexpr int64_t last_call = 10'000;              // a bid leaves the others at least 10 s

std::string name_of(const std::string& id) {
  return "global:auction:" + id;
}

template <class Actor>
int64_t now_of(const Actor& self) { // the actor's clock, which tests move; that of each node is another one
  return std::chrono::duration_cast<std::chrono::milliseconds>(self.clock().now().time_since_epoch()).count();
}

/// Runs one auction. The first one that registers its name is the only one in the cluster.
/// Accepts `bid`, and answers with the lot when all nodes have a copy of it. Broadcasts `lot` and `going`.
/// Its dynamic supervisor restarts it (transient); it then goes on with the newest copy. It ends when the lot is sold.
class auctioneer : public bennu::gen_server<lot> {
public:
  auctioneer(caf::actor_config& config, bennu::node& home, lot first)
    : gen_server(config, std::move(first)), home_(home) {}

  std::string label() const override { return "auction:" + state.id; }

protected:
  bennu::init_result init() override {
    if (home_.names().add(name_of(state.id), this))
      return bennu::init_result::ignore();        // it runs already, here or elsewhere
    home_.groups().join(name_of(state.id), this); // so that a node can tell which auctions it runs
    send(this, beat::value);
    return bennu::init_result::ok().continue_with([this] { arm(); });
  }

  caf::message_handler handle_messages() override {
    return {[this](const bid& x) { return take(x); }, [this](tick) { call(); },
            [this](beat) { // what the copies know better after a restart or a cut, and what clients have missed
              agree([this] {
                if (++beats_ % 5 == 0)
                  tell();
                send_after(1s, beat::value);
              });
            }};
  }

private:
  caf::typed_response_promise<lot> take(const bid& x) {
    auto answer = make_response_promise<lot>();
    if (!state.refusal(x, now_of(*this)).empty()) {
      answer.deliver(state.moved(-now_of(*this)));
      return answer;
    }
    state.leader = x.who;
    state.cents = x.cents;
    ++state.bids;
    state.ends = std::max(state.ends, now_of(*this) + last_call);
    arm();
    agree([this, answer]() mutable {
      tell();
      answer.deliver(state.moved(-now_of(*this)));
    });
    return answer;
  }

  /// Sends the lot to the keepers of all nodes, and continues when each has answered, or has not within a second.
  void agree(std::function<void()> then) {
    const auto members = home_.groups().members(keepers);
    auto answered = [then, open = std::make_shared<size_t>(members.size())] {
      if (--*open == 0)
        then();
    };
    for (const auto& x : members)
      request(x, 1s, state.moved(-now_of(*this)))
        .then([this, answered](const lot& theirs) { adopt(theirs), answered(); },
              [answered](const caf::error&) { answered(); });
    if (members.empty()) // the keeper of this node has just crashed
      then();
  }

  void adopt(const lot& theirs) {
    if (!theirs.beats(state))
      return;
    state = theirs.moved(now_of(*this));
    tell();
    state.sold ? quit() : arm();
  }

  void tell() const {
    auto body = state.to_json(now_of(*this));
    body["node"] = home_.name();
    home_.topics().broadcast("auction:" + state.id, "lot", body);
  }

  /// Sets the timer of the next call: going once, going twice, sold.
  void arm() {
    cancel_timer(timer_);
    const auto left = state.ends - now_of(*this);
    const auto next = left > last_call ? left - last_call : left > last_call / 2 ? left - last_call / 2 : left;
    timer_ = send_after(std::chrono::milliseconds{std::max<int64_t>(1, next)}, tick::value);
  }

  void call() {
    const auto left = state.ends - now_of(*this);
    if (left <= 0) {
      state.sold = true;
      return agree([this] { tell(), quit(); });
    }
    if (left <= last_call)
      home_.topics().broadcast("auction:" + state.id, "going", nlohmann::json{{"times", left > last_call / 2 ? 1 : 2}});
    arm();
  }

  bennu::node& home_;
  bennu::timer_ref timer_{};
  int beats_ = 0;
};

/// Keeps a copy of every lot, and has the auctions of this node started while nobody runs them.
/// Accepts `lot` from an auction, or with nothing but an id from a channel, and answers with what it knows itself.
/// Permanent; after a crash the auctions, which all send their lot once a second, tell it what it has forgotten.
class keeper : public bennu::gen_server<std::map<std::string, lot>> {
public:
  keeper(caf::actor_config& config, bennu::node& home, lots all, bennu::registry services)
    : gen_server(config), home_(home), all_(std::move(all)), services_(std::move(services)) {}

protected:
  bennu::init_result init() override {
    for (const auto& x : all_)
      state.emplace(x.id, x.moved(now_of(*this)));
    home_.groups().join(keepers, this);
    send(this, beat::value);
    return bennu::init_result::ok();
  }

  caf::message_handler handle_messages() override {
    return {[this](const lot& x) {
              const auto known = state.find(x.id);
              if (known == state.end())
                return x;
              if (!known->second.beats(x))
                known->second = x.moved(now_of(*this));
              return known->second.moved(-now_of(*this));
            },
            [this](beat) {
              for (const auto& [id, x] : state)
                if (!x.sold && is_mine(id) && !auction_of(home_, id))
                  start(x);
              send_after(250ms, beat::value);
            }};
  }

private:
  bool is_mine(const std::string& id) const { // all nodes say the same, as soon as they know of each other
    auto nodes = home_.connected_nodes();
    nodes.push_back(home_.name());
    std::sort(nodes.begin(), nodes.end());
    return nodes[std::hash<std::string>{}(id) % nodes.size()] == home_.name();
  }

  void start(const lot& x) {
    auto spec =
      bennu::child<auctioneer>(x.id, std::ref(home_), x).restart_as(bennu::restart::transient).limit_to({5, 10s});
    send(services_.find("auctions"), bennu::start_child_command{bennu::make_recipe(std::move(spec))});
  }

  bennu::node& home_;
  const lots all_;
  const bennu::registry services_;
};

} // namespace

bennu::child_spec house(bennu::node& home, const lots& all) {
  bennu::registry services;
  auto announce = [services](const caf::actor& x) { services.add("auctions", x); };
  return bennu::supervisor_spec{bennu::rest_for_one}
    .add(bennu::dynamic_supervisor({.name = "auctions", .announce = announce}))
    .add(bennu::child<keeper>("keeper", std::ref(home), all, services))
    .supervised("house");
}

caf::actor keeper_of(const bennu::node& home) {
  const auto here = home.groups().local_members(keepers);
  return here.empty() ? caf::actor{} : here.front();
}

caf::actor auction_of(const bennu::node& home, const std::string& id) {
  return home.names().find(name_of(id));
}

} // namespace auction
