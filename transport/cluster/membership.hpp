#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "actors/cluster/link/link_record.hpp"
#include "transport/cluster/dials.hpp"
#include "transport/cluster/gate.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

class links;

/// Connects this node with the others: it dials the seeds, tells every peer which nodes are connected with this one and
/// where they listen, and dials the nodes that it learns of. A node that was not connected for
/// `cluster_options::forget_after` is forgotten here and in the links. Peers name only connected nodes, so that no node
/// learns again of one that all have lost.
///
/// Accepts `link_changed` and `link_news` from the links, and reports of the gate. The cluster's supervisor starts it,
/// `permanent`; a new one begins with the seeds and with the peers that the links know.
class cluster_membership : public process {
public:
  cluster_membership(caf::actor_config& config, std::shared_ptr<cluster_gate> gate, links& to,
                     const cluster_options& options, std::string own_address);

  std::string label() const override { return "membership"; }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void changed(const link_changed& what);
  void heard(const link_news& what);
  void tick();
  void forget_lost();
  void tell_all_but(const std::string& name);
  std::string news() const;

  std::shared_ptr<cluster_gate> gate_;
  links& links_;
  const std::string name_;
  struct known_node {
    std::string address; ///< at which it listens; empty when it is unknown
    bool is_linked = false;
    bool is_told = false;                         ///< whether the others were told of it since it was connected
    std::chrono::steady_clock::time_point seen{}; ///< when it was lost, or named by a peer
  };

  const std::string own_address_;
  const std::chrono::milliseconds forget_after_;
  std::map<std::string, known_node> nodes_;
  cluster_dials dials_;
};

} // namespace bennu::engine
