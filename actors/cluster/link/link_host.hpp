#pragma once

#include <cstdint>
#include <memory>

#include <caf/fwd.hpp>

#include "actors/cluster/link/link.hpp"
#include "actors/cluster/link/link_connection.hpp"
#include "actors/cluster/link/link_queue.hpp"
#include <bennu/actors/link_options.hpp>

namespace bennu::engine {

struct link_slot;

/// What a link actor needs of the links that it belongs to.
///
/// Thread safety: any thread.
class link_host {
public:
  virtual ~link_host() = default;

  virtual caf::actor_system& system() noexcept = 0;
  virtual const peer& self() const noexcept = 0;
  virtual const link_options& options() const noexcept = 0;

  /// The names that this node shares; null when it shares none.
  virtual shared_names* names() const noexcept = 0;

  /// The number of the next session: ascending, and never again in this life of the node.
  virtual std::uint64_t next_session() noexcept = 0;

  /// Whether the hub has more waiting messages than `link_options::max_hub_depth`.
  virtual bool is_hub_behind() const = 0;

  // -- what happened, in this order for each session ----------------------------

  virtual void session_began(link_slot& slot, const link_up& event, const link_connection* by) = 0;
  virtual void received(link_received&& event) = 0;
  virtual void session_ended(link_slot& slot, const link_down& event, link_load lost) = 0;

  virtual void heard_news(link_news news) = 0;

  /// The actor ends because its node is forgotten, and its slot goes with it.
  virtual void erase(const std::shared_ptr<link_slot>& slot) = 0;
};

} // namespace bennu::engine
