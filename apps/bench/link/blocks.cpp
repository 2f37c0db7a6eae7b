#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <unistd.h>

#include "actors/cluster/link/link.hpp"
#include "apps/bench/link/pair.hpp"
#include "transport/io/io_scheduler.hpp"
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/transport/cluster.hpp>

namespace bennu::bench {

using namespace engine;

namespace {

using clock = std::chrono::steady_clock;

struct start_run {
  size_t batch;
};

std::string number(size_t x) {
  return {reinterpret_cast<const char*>(&x), sizeof x};
}

link_block block(char kind, size_t batch) {
  return std::make_shared<const std::string>(kind + number(batch) + std::string(batch * message_size - 9, 'x'));
}

} // namespace
} // namespace bennu::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bench::start_run)

namespace bennu::bench {

namespace {

/// Counts the messages and answers after every thousand. Answers each ping.
class receiving_hub : public process {
public:
  receiving_hub(caf::actor_config& config, cluster_link& link) : process(config), link_(link) {}

protected:
  caf::behavior make_behavior() override {
    return {[](const link_up&) {}, [](const link_down&) {}, [this](const link_received& x) { received(x); }};
  }

private:
  void received(const link_received& x) {
    if (x.bytes->front() == 'p') {
      link_.send(x.who.name, x.bytes);
      return;
    }
    size_t batch = 0;
    std::copy_n(x.bytes->data() + 1, sizeof batch, reinterpret_cast<char*>(&batch));
    for (size_t i = 0; i < batch; ++i)
      if (++count_ % answer_every == 0)
        link_.send(x.who.name, std::make_shared<const std::string>("a" + number(answer_every)));
  }

  cluster_link& link_;
  size_t count_ = 0;
};

/// Sends as fast as the window allows.
class sending_hub : public process {
public:
  sending_hub(caf::actor_config& config, cluster_link& link, std::function<void()> on_up, std::function<void()> on_done)
    : process(config), link_(link), up_(std::move(on_up)), done_(std::move(on_done)) {}

  progress so_far;

protected:
  caf::behavior make_behavior() override {
    return {
      [this](const link_up&) { up_(); },
      [this](const link_down&) {
        if (so_far.is_over())
          return; // the run is complete and the node ends
        std::fprintf(stderr, "the link went down\n");
        std::_Exit(1);
      },
      [this](const link_received& x) { received(x); },
      [this](start_run x) {
        batch_ = x.batch;
        so_far.begin();
        batch_ == 0 ? ping() : fill();
      },
    };
  }

private:
  void received(const link_received& x) {
    if (x.bytes->front() == 'p')
      return so_far.ponged() ? done_() : ping();
    so_far.answered() ? done_() : fill();
  }

  void ping() {
    so_far.pinged();
    link_.send("b", block('p', 1));
  }

  void fill() {
    while (so_far.may_send()) {
      if (!link_.send("b", block('d', batch_)))
        std::_Exit(1);
      so_far.sent(batch_);
    }
  }

  cluster_link& link_;
  std::function<void()> up_;
  std::function<void()> done_;
  size_t batch_ = 0;
};

/// A node that runs only its part of the cluster.
struct bare_node {
  explicit bare_node(const std::string& folder, const std::string& name, std::vector<std::string> peers) {
    settings.load<io_scheduler>();
    settings.set("scheduler.max-threads", size_t{1});
    load_cluster(settings);
    system.emplace(settings);
    cluster_options options{.name = name, .peers = std::move(peers)};
    options.certificate = folder + "/" + name + ".crt";
    options.key = folder + "/" + name + ".key";
    options.authority = folder + "/ca.crt";
    part.emplace(*system, options);
    part->listen();
    supervisor_spec root{one_for_one};
    root.add(part->supervised());
    tree.emplace(root.start(*system));
  }

  config settings;
  std::optional<caf::actor_system> system;
  std::optional<cluster> part;
  std::optional<supervision_tree> tree;
};

} // namespace

void receive_blocks(const std::string& folder, const std::function<void(const std::string&)>& report_address) {
  bare_node node{folder, "b", {}};
  auto hub = node.system->spawn<receiving_hub>(std::ref(node.part->link()));
  node.part->link().attend(hub);
  report_address(node.part->address());
  for (;;)
    ::pause();
}

void send_blocks(const std::string& folder, const std::string& address) {
  bare_node node{folder, "a", {address}};
  std::promise<void> up;
  std::promise<void>* done = nullptr;
  auto hub = node.system->spawn<sending_hub>(
    std::ref(node.part->link()), [&] { up.set_value(); }, [&] { done->set_value(); });
  node.part->link().attend(hub);
  up.get_future().wait();
  std::filesystem::remove_all(folder); // both nodes have read it
  for (size_t batch : {0, 1, 10, 50}) {
    std::promise<void> over;
    done = &over;
    const auto begin = clock::now();
    caf::anon_send(hub, start_run{batch});
    over.get_future().wait();
    const std::chrono::duration<double> took = clock::now() - begin;
    if (batch != 0) {
      print("messages of 100 bytes, " + std::to_string(batch) + " a send", messages / took.count(), "1/s");
      continue;
    }
    dynamic_cast<sending_hub&>(*caf::actor_cast<caf::abstract_actor*>(hub)).so_far.print_latency("round trip");
  }
}

} // namespace bennu::bench
