#pragma once

#include <map>
#include <memory>
#include <string>

#include "actors/cluster/link/link_connection.hpp"
#include "transport/cluster/dials.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

class links;

/// Meets the other nodes: dials the seeds, tells every peer which nodes there are and where, and dials those that it is told of.
///
/// Takes `link_changed` and `link_news` from the links, and reports of the gate. Started by the cluster's supervisor, permanent; a new one
/// begins with the seeds and with the peers that are linked.
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
  std::string news() const;

  std::shared_ptr<cluster_gate> gate_;
  links& links_;
  const std::string name_;
  std::map<std::string, std::string> places_; // node → address at which it listens
  std::map<std::string, bool> linked_;
  cluster_dials dials_;
};

} // namespace bennu::engine
