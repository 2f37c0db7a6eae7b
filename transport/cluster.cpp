#include <bennu/transport/cluster.hpp>

#include <csignal>
#include <utility>

#include "actors/cluster/cluster_module.hpp"
#include "actors/cluster/link/links.hpp"
#include "supervision/process/local_message.hpp"
#include "supervision/process/numbers.hpp"
#include "transport/cluster/certificates.hpp"
#include "transport/cluster/gate.hpp"
#include "transport/cluster/membership.hpp"
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

// A warning may be a minute late.
constexpr auto certificates_look = std::chrono::minutes{1};

struct look_at_certificates {
  using local_message = void;
};

} // namespace
} // namespace bennu::engine

namespace bennu {

using namespace engine;

namespace {

/// The identity of this node. It reads the certificates each time it starts, and reports when they expire.
///
/// Accepts only its own messages. The cluster's supervisor starts it first, `permanent`.
class cluster_identity : public process {
public:
  cluster_identity(caf::actor_config& config, std::shared_ptr<cluster_gate> gate, const cluster_options& options)
    : process(config), gate_(std::move(gate)), name_(options.name), watch_(options.warn_before_expiry) {}
  std::string label() const override { return "identity " + name_; }
  void on_exit() override { gate_.reset(); }

protected:
  caf::behavior make_behavior() override {
    look();
    return {[this](look_at_certificates) { look(); }};
  }

private:
  void look() {
    delayed_send(this, certificates_look, look_at_certificates{});
    const auto terms = gate_->terms();
    const auto now = wall_clock::now();
    if (const auto changed = terms ? watch_.look(*terms, now) : std::nullopt)
      tell(*changed, std::chrono::duration_cast<std::chrono::hours>(terms->not_after - now).count() / 24);
  }

  void tell(certificate_watch::state x, int64_t days) {
    using enum certificate_watch::state;
    auto* events = telemetry::listening(system());
    if (events == nullptr)
      return;
    if (x == expires_soon)
      events->emit("cluster.certificate_expires", {{"days", days}}, {{"node", name_}});
    else if (x == good)
      events->emit("cluster.certificate_good", {}, {{"node", name_}});
    else
      events->emit("cluster.certificate_expired", {},
                   {{"node", name_}, {"why", x == expired ? "no other node talks to this one" : "it is not good yet"}});
  }

  std::shared_ptr<cluster_gate> gate_;
  std::string name_;
  certificate_watch watch_;
};

/// Accepts connections as long as it lives. The socket stays bound. It crashes when the socket is lost.
///
/// Accepts no messages. The cluster's supervisor starts it, `permanent`.
class cluster_listener : public process {
public:
  cluster_listener(caf::actor_config& config, std::shared_ptr<cluster_gate> gate)
    : process(config), gate_(std::move(gate)) {}
  std::string label() const override { return "cluster listener"; }

  void on_exit() override {
    gate_->pause();
    gate_.reset();
  }

protected:
  caf::behavior make_behavior() override {
    gate_->accept([me = caf::actor_addr{address()}](const std::string& why) {
      if (auto self = caf::actor_cast<caf::actor>(me))
        signal_exit(self, exits::crash(why));
    });
    return {[](caf::unit_t) {}};
  }

private:
  std::shared_ptr<cluster_gate> gate_;
};

} // namespace

cluster::cluster(caf::actor_system& system, cluster_options options)
  : system_(system), options_(std::move(options)),
    self_(std::make_unique<const peer>(peer{options_.name, random_bits() | 1U})),
    links_(std::make_shared<links>(system, *self_, options_.link)) {
  make_cluster_tls(options_);    // so that problems are reported now
  std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes with write(2): a peer that is gone would end the program
  gate_ = std::make_shared<cluster_gate>(
    system_, options_, *self_,
    cluster_gate::handlers{
      .opened = [to = links_](link_connection_ptr x) { to->open(std::move(x)); },
      .gone = [to = links_](const std::string& name, uint64_t connection) { to->gone(name, connection); },
    });
}

void load_cluster(caf::actor_system_config& config) {
  load_cluster_module(config);
}

cluster::~cluster() {
  gate_->stop();
}

void cluster::post(std::function<void()> f) {
  gate_->post(std::move(f));
}

cluster_link& cluster::link() noexcept {
  return *links_;
}

void cluster::listen() {
  port_ = gate_->bind();
  address_ = join_address(split_address(options_.listen).host, std::to_string(port_));
  gate_->start();
}

void cluster::reload_certificates() {
  gate_->use(make_cluster_tls(options_));
}

child_spec cluster::supervised() {
  using parent_ptr = caf::event_based_actor*;
  supervisor_spec tree{rest_for_one};
  tree.name("cluster");
  tree.add(child_spec{"identity", [this](parent_ptr parent, const start_cause&) -> start_result {
                        gate_->use(make_cluster_tls(options_));
                        return caf::actor{parent->spawn<cluster_identity>(gate_, options_)};
                      }});
  // Not by `child<X>`, which would keep a copy of the gate in the spec: the gate refers to the links, the links to
  // their supervisor, and that one to this tree.
  tree.add(child_spec{"listener", [this](parent_ptr parent, const start_cause&) -> start_result {
                        return caf::actor{parent->spawn<cluster_listener>(gate_)};
                      }});
  tree.add(child_spec{"membership", [this](parent_ptr parent, const start_cause&) -> start_result {
                        return caf::actor{
                          parent->spawn<cluster_membership>(gate_, std::ref(*links_), options_, address_)};
                      }});
  tree.add(links_->supervised());
  return tree.supervised("cluster");
}

} // namespace bennu
