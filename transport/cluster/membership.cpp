#include "transport/cluster/membership.hpp"

#include <random>
#include <sstream>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <caf/send.hpp>

#include "actors/cluster/link/links.hpp"

namespace bennu::engine {

namespace {

// How precisely redials are timed: half of the shortest pause.
constexpr auto tick_interval = std::chrono::milliseconds{50};

// Names and addresses that one piece of news may have: a cluster of 200 nodes has twice as many words.
constexpr int max_places = 1000;

struct membership_tick {};

// A node that listens everywhere is where its connection comes from.
std::string place_of(const std::string& address, const std::string& seen_from) {
  const auto [host, port] = split_address(address);
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(host, error);
  return !error && ip.is_unspecified() ? join_address(seen_from, port) : address;
}

} // namespace
} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::membership_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::dial_report)

namespace bennu::engine {

cluster_membership::cluster_membership(caf::actor_config& config, std::shared_ptr<cluster_gate> gate, links& to,
                                       const cluster_options& options, std::string own_address)
  : process(config), gate_(std::move(gate)), links_(to),
    name_(options.name), places_{{options.name, std::move(own_address)}},
    dials_(options.peers, {.first = options.first_redial, .last = options.last_redial}, std::random_device{}(),
           std::chrono::steady_clock::now()) {}

caf::behavior cluster_membership::make_behavior() {
  links_.inform(caf::actor_cast<caf::actor>(this));
  caf::anon_send(this, membership_tick{});
  return {
    [this](membership_tick) { tick(); },
    [this](const dial_report& x) { dials_.report(x, std::chrono::steady_clock::now()); },
    [this](const link_changed& x) { changed(x); },
    [this](const link_news& x) { heard(x); },
  };
}

void cluster_membership::on_exit() {
  links_.inform(nullptr);
  gate_.reset();
}

void cluster_membership::tick() {
  for (auto& order : dials_.due(std::chrono::steady_clock::now()))
    gate_->dial(order.address, std::move(order.skip), [self = caf::actor_cast<caf::actor>(this)](dial_report report) {
      caf::anon_send(self, std::move(report));
    });
  delayed_send(this, tick_interval, membership_tick{});
}

void cluster_membership::changed(const link_changed& what) {
  if (what.is_up) {
    linked_[what.who.name] = true;
    dials_.linked(what.who.name);
    links_.tell(what.who.name, news());
  } else {
    linked_.erase(what.who.name);
    dials_.unlinked(what.who.name, std::chrono::steady_clock::now());
  }
}

void cluster_membership::heard(const link_news& what) {
  std::istringstream words{what.text};
  std::string name;
  std::string address;
  bool is_new = false;
  for (int i = 0; i < max_places && words >> name >> address; ++i) {
    if (name == name_)
      continue;
    try {
      const auto place = place_of(address, what.address);
      // What a node says of itself counts more than what another has heard of it.
      if (name != what.from && places_.contains(name))
        continue;
      dials_.learn(name, place, std::chrono::steady_clock::now());
      is_new = is_new || std::exchange(places_[name], place) != place;
    } catch (const std::exception&) {
      continue; // an address of a later version, perhaps
    }
  }
  if (is_new)
    for (auto& [peer, up] : linked_)
      if (peer != what.from)
        links_.tell(peer, news());
}

std::string cluster_membership::news() const {
  std::string result;
  for (auto& [name, address] : places_)
    result += name + ' ' + address + '\n';
  return result;
}

} // namespace bennu::engine
