#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/meta/type_name.hpp>
#include <nlohmann/json.hpp>

#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/transport/http.hpp>
#include <bennu/transport/jwt.hpp>

/// An auction house. On each node there is
///
/// - a keeper, which has a copy of every lot and starts the auctions that belong to this node and run nowhere;
/// - a dynamic supervisor, which restarts those of them that crash;
/// - an actor for each auction that runs here, with a `global:` name, so that there is one in the whole cluster;
/// - a channel for each client that watches a lot, which asks the auction, on whatever node it runs.
///
/// An auction answers a bid when the keepers of all nodes have a copy. So whoever is started next, on any node, goes on
/// from there; see apps/auction/README.md for what that guarantees.
namespace auction {

struct bid {
  std::string who;
  int64_t cents = 0;
};

/// What is sold, and for how much: a plain value. Amounts are integers, because nobody can pay 0.1 + 0.2.
struct lot {
  std::string id{}, title{}, leader{}; ///< nobody leads before the first bid
  int64_t cents = 0;                   ///< the highest bid; before the first one the price at which bids begin
  int64_t bids = 0;
  int64_t ends = 0; ///< in ms, on the steady clock of the node that holds the value; in a message: in how many ms
  bool sold = false;

  /// The least amount that the next bid may have: 5 % more, and at least 1.00 more.
  int64_t least() const;

  /// Why a bid is not allowed: "sold", "leading", "too_low", "too_high". Empty when it is allowed.
  std::string refusal(const bid& x, int64_t now) const;

  /// Whether this value counts, and not `other`, when two nodes have different ones. Every node decides the same: what
  /// is sold stays sold, and the higher bid wins.
  bool beats(const lot& other) const;

  lot moved(int64_t ms) const;
  nlohmann::json to_json(int64_t now) const;
};

// How CAF writes both into messages between nodes.
template <class Inspector>
auto inspect(Inspector& f, bid& x) {
  return f(caf::meta::type_name("bid"), x.who, x.cents);
}
template <class Inspector>
auto inspect(Inspector& f, lot& x) {
  return f(caf::meta::type_name("lot"), x.id, x.title, x.leader, x.cents, x.bids, x.ends, x.sold);
}

/// What is for sale: the same on all nodes. `lot::ends` says in how many ms its auction ends, counted from its start.
using lots = std::vector<lot>;

/// The part of the supervision tree that runs the auctions: on each node a keeper with a copy of every lot, and a
/// dynamic supervisor with the auctions that run on this node.
bennu::child_spec house(bennu::node& home, const lots& all);

/// The one actor in the whole cluster that runs the auction of a lot: it answers a `bid` with the `lot` as it is
/// afterwards. Null while it moves to another node, and when the lot is sold.
caf::actor auction_of(const bennu::node& home, const std::string& id);

/// The keeper of this node: answers a lot that has nothing but an id with all that it knows. Null for a moment after
/// a crash.
caf::actor keeper_of(const bennu::node& home);

using keys_ptr = std::shared_ptr<const bennu::jwt_keys>;

/// The route `POST /login` with `{"name"}`: answers `{"name", "token", "lots"}`. The token is a JWT for eight hours.
bennu::http_handler login(keys_ptr keys, const lots& all);

/// The path /socket, for clients with such a token. On a topic `auction:ID` the client receives `lot` after its join
/// and at each change, `going {"times": 1 or 2}`, and the presences of those who watch. `bid {"cents"}` is answered
/// with the lot, or with the error `{"reason", "least"}`: see `lot::refusal`.
bennu::endpoint clients(bennu::node& home, keys_ptr keys);

} // namespace auction

BENNU_MESSAGE(auction::bid)
BENNU_MESSAGE(auction::lot)
