#include "actors/cluster/cluster_module.hpp"

#include <algorithm>

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/node_id.hpp>

#include "actors/cluster/link/link_wire.hpp"
#include "actors/cluster/names/name_table.hpp"
#include "supervision/process/numbers.hpp"
#include <bennu/actors/message.hpp>

namespace bennu::engine {

namespace {

/// CAF derives the name of a process from its network cards and its pid. Two containers on one host share both and
/// would take each other for themselves, and a restarted container would be taken for its earlier life. So the name is
/// random.
class cluster_middleman : public caf::io::middleman {
public:
  explicit cluster_middleman(caf::actor_system& system) : middleman(system), backend_(&system) {}

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new cluster_middleman(system);
  }

  caf::io::network::multiplexer& backend() override { return backend_; }

  void init(caf::actor_system_config& config) override {
    middleman::init(config);
    caf::node_id::default_data::host_id_type host;
    std::generate(host.begin(), host.end(), [] { return static_cast<uint8_t>(random_bits()); });
    // The system belongs to us and is not const; CAF offers the module no other access to the name that `init` was
    // given.
    const_cast<caf::node_id&>(system().node()) = caf::make_node_id(static_cast<uint32_t>(random_bits()) | 1U, host);
  }

private:
  caf::io::network::default_multiplexer backend_;
};

} // namespace

void load_cluster_module(caf::actor_system_config& config) {
  config.load<cluster_middleman>();
  config.add_message_type<link_message>("bennu.link_packet");
  config.add_message_type<names_message>("bennu.name_packet");
  add_messages(config);
  // Worker threads would deserialize beside the multiplexer. With one connection per peer that adds two hops between
  // threads and gains nothing.
  config.set("middleman.workers", size_t{0});
}

} // namespace bennu::engine
