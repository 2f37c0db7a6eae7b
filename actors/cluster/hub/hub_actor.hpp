#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/cluster/calls/call_table.hpp"
#include "actors/cluster/calls/node_calls.hpp"
#include "actors/cluster/hub/broadcast_counts.hpp"
#include "actors/cluster/hub/parcel.hpp"
#include "actors/cluster/link/link.hpp"
#include "actors/history/store.hpp"
#include "actors/pubsub/hub_messages.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "supervision/lookup/current_actor.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// The parts of a node that the hub uses. They outlive it.
struct hub_services {
  current_actor& current; ///< holds the hub that runs now
  cluster_link& link;
  const broadcaster& topics;
  presence& presences;
  node_calls& calls;
  broadcast_counts& counts;
  history_store& histories;
};

/// The connection of a node to all others: it sends the messages of the node's actors in blocks, and passes those of
/// other nodes to pubsub and presence.
///
/// Accepts `broadcast_ptr` (for all nodes), `hub_direct`, `hub_send`, `hub_attend`, the messages of `node_calls`, and
/// from the link `link_up`, `link_down`, `link_received`. Everything that arrived while the hub was busy is sent as one
/// block to each node. A block that the link refuses is lost: its broadcasts are counted (`cluster.lost {broadcasts}
/// {node}`), and presence requests what it lacks. A parcel whose content does not fit its kind is dropped, and reported
/// as `cluster.malformed {parcels} {node}`, once for each block. Emits `node.up` and `node.down`, and tells the
/// subscribers of `nodes_topic`. Started by the node's pubsub supervisor after the shards, `permanent`. A new hub
/// learns the live sessions from the link; messages that waited for the old one are lost.
class hub_actor : public process {
public:
  hub_actor(caf::actor_config& config, const hub_services& services);

  std::string label() const override;
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  struct destination {
    peer who;
    std::string block;
    uint64_t broadcasts = 0;           ///< in `block`
    std::vector<uint64_t> questions{}; ///< in `block`
  };

  void add(destination& to, const parcel& x);
  void to_all(const broadcast& x);
  void to_all_in_history(const broadcast& x);
  void to_one(const std::string& name, const broadcast& x);
  void flush();
  void send_block(destination& to);
  void up(const link_up& x);
  void down(const link_down& x);
  void tell(const std::string& event, const peer& who, std::string_view why);
  void received(const link_received& x);
  bool unpack(const peer& from, const parcel& x, std::vector<broadcast_ptr>& broadcasts);

  // hub_actor.calls.cpp
  caf::message_handler call_behavior();
  destination* find(const peer& who);
  void ask(hub_ask& x);
  void answer(hub_answer& x);
  bool asked(const peer& from, const call_parcel& x);
  void answered(const peer& from, const answer_parcel& x);
  void watch_calls();

  const hub_services services_;
  cluster_link& link_;
  std::map<std::string, destination> peers_;
  std::vector<caf::actor> attending_;
  bool flush_due_ = false;
  call_table calls_;
  bool calls_watched_ = false;
};

child_spec hub_child(const hub_services& services);

} // namespace bennu::engine
