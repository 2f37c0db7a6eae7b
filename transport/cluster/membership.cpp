#include "transport/cluster/membership.hpp"

#include <sstream>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <caf/send.hpp>

#include "actors/cluster/link/links.hpp"
#include "supervision/process/local_message.hpp"
#include "supervision/process/numbers.hpp"

namespace bennu::engine {

namespace {

// The precision of redials: half of the shortest pause.
constexpr auto tick_interval = std::chrono::milliseconds{50};

// How many names and addresses one message may contain. A cluster of 200 nodes has twice as many words.
constexpr int max_places = 1000;

struct membership_tick {
  using local_message = void;
};

// A node that listens on all addresses has the address from which its connection comes.
std::string place_of(const std::string& address, const std::string& seen_from) {
  const auto [host, port] = split_address(address);
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(host, error);
  return !error && ip.is_unspecified() ? join_address(seen_from, port) : address;
}

} // namespace

cluster_membership::cluster_membership(caf::actor_config& config, std::shared_ptr<cluster_gate> gate, links& to,
                                       const cluster_options& options, std::string own_address)
  : process(config), gate_(std::move(gate)), links_(to), name_(options.name), own_address_(std::move(own_address)),
    forget_after_(options.forget_after),
    dials_(options.peers, {.first = options.first_redial, .last = options.last_redial, .forget = options.forget_after},
           random_bits(), std::chrono::steady_clock::now()) {}

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
  forget_lost();
  for (auto& order : dials_.due(std::chrono::steady_clock::now()))
    gate_->dial(order.address, std::move(order.skip), [self = caf::actor_cast<caf::actor>(this)](dial_report report) {
      caf::anon_send(self, std::move(report));
    });
  delayed_send(this, tick_interval, membership_tick{});
}

void cluster_membership::forget_lost() {
  const auto now = std::chrono::steady_clock::now();
  for (auto i = nodes_.begin(); i != nodes_.end();) {
    const auto here = i++;
    if (here->second.is_linked || now - here->second.seen < forget_after_ || !links_.forget(here->first))
      continue;
    dials_.forget(here->first);
    nodes_.erase(here);
  }
}

void cluster_membership::changed(const link_changed& what) {
  auto& node = nodes_[what.who.name];
  node.is_linked = what.is_up;
  node.is_told = false;
  node.seen = std::chrono::steady_clock::now();
  if (what.is_up) {
    dials_.linked(what.who.name);
    links_.tell(what.who.name, news());
  } else {
    dials_.unlinked(what.who.name, node.seen);
  }
}

void cluster_membership::heard(const link_news& what) {
  const auto now = std::chrono::steady_clock::now();
  std::istringstream words{what.text};
  std::string name;
  std::string address;
  for (int i = 0; i < max_places && words >> name >> address; ++i) {
    if (name == name_ || !is_node_name(name))
      continue;
    try {
      const auto place = place_of(address, what.address);
      auto& node = nodes_[name];
      if (node.seen == std::chrono::steady_clock::time_point{})
        node.seen = now;
      // What a node says of itself counts more than what others say of it.
      if (name != what.from && !node.address.empty())
        continue;
      node.address = place;
      dials_.learn(name, place, now);
    } catch (const std::exception&) {
      continue; // perhaps an address of a later version
    }
  }
  const auto from = nodes_.find(what.from);
  if (from != nodes_.end() && from->second.is_linked && !std::exchange(from->second.is_told, true))
    tell_all_but(what.from);
}

void cluster_membership::tell_all_but(const std::string& name) {
  for (const auto& [peer, node] : nodes_)
    if (node.is_linked && peer != name)
      links_.tell(peer, news());
}

std::string cluster_membership::news() const {
  auto result = name_ + ' ' + own_address_ + '\n';
  for (const auto& [name, node] : nodes_)
    if (node.is_linked && !node.address.empty())
      result += name + ' ' + node.address + '\n';
  return result;
}

} // namespace bennu::engine
