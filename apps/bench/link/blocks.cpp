// What the link between two nodes carries, under TLS on loopback: two processes, one of which only receives. `run` in this folder sets
// Erlang's distribution beside it.
#include <algorithm>
#include <chrono>
#include <csignal>
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
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/bench/histogram.hpp"
#include "supervision/config.hpp"
#include "supervision/process.hpp"
#include "supervision/supervisor.hpp"
#include "transport/cluster.hpp"
#include "transport/cluster_certificates.hpp"
#include "transport/io_scheduler.hpp"

namespace bennu::bench {

namespace {

using clock = std::chrono::steady_clock;

// The same in link.erl.
constexpr size_t message_size = 100;
constexpr size_t window = 10'000;     // messages under way
constexpr size_t answer_every = 1000; // messages
constexpr size_t messages = 1'000'000;
constexpr size_t round_trips = 20'000;

struct start_run {
  size_t batch;
};

std::string number(size_t x) {
  return {reinterpret_cast<const char*>(&x), sizeof x};
}

link_bytes block(char kind, size_t batch) {
  return std::make_shared<const std::string>(kind + number(batch) + std::string(batch * message_size - 9, 'x'));
}

} // namespace
} // namespace bennu::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bench::start_run)

namespace bennu::bench {

namespace {

/// Counts what comes, and says so after every thousand; answers a ping.
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

/// Sends, as fast as the window allows.
class sending_hub : public process {
public:
  sending_hub(caf::actor_config& config, cluster_link& link, std::function<void()> on_up, std::function<void()> on_done)
    : process(config), link_(link), up_(std::move(on_up)), done_(std::move(on_done)) {}

  histogram latency;

protected:
  caf::behavior make_behavior() override {
    return {
      [this](const link_up&) { up_(); },
      [](const link_down&) {
        std::fprintf(stderr, "the link went down\n");
        std::_Exit(1);
      },
      [this](const link_received& x) { received(x); },
      [this](start_run x) {
        batch_ = x.batch;
        sent_ = answered_ = 0;
        batch_ == 0 ? ping() : fill();
      },
    };
  }

private:
  void received(const link_received& x) {
    if (x.bytes->front() == 'p') {
      latency.add(static_cast<uint64_t>((clock::now() - pinged_).count()));
      return ++answered_ == round_trips ? done_() : ping();
    }
    answered_ += answer_every;
    answered_ >= messages ? done_() : fill();
  }

  void ping() {
    pinged_ = clock::now();
    link_.send("b", block('p', 1));
  }

  void fill() {
    while (sent_ < messages && sent_ - answered_ < window) {
      if (!link_.send("b", block('d', batch_)))
        std::_Exit(1);
      sent_ += batch_;
    }
  }

  cluster_link& link_;
  std::function<void()> up_;
  std::function<void()> done_;
  size_t batch_ = 0;
  size_t sent_ = 0;
  size_t answered_ = 0;
  clock::time_point pinged_;
};

/// A node without anything but its cluster.
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
    for (auto& child : part->children())
      root.add(std::move(child));
    tree.emplace(root.start(*system));
  }

  config settings;
  std::optional<caf::actor_system> system;
  std::optional<cluster> part;
  std::optional<supervision_tree> tree;
};

[[noreturn]] void receive(const std::string& folder, int tell) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  bare_node node{folder, "b", {}};
  auto hub = node.system->spawn<receiving_hub>(std::ref(node.part->link()));
  node.part->link().attend(hub);
  const auto address = node.part->address() + "\n";
  (void)!::write(tell, address.data(), address.size());
  for (;;)
    ::pause();
}

std::string start_receiver(const std::string& folder) {
  int ends[2];
  if (::pipe(ends) != 0)
    std::_Exit(1);
  if (::fork() == 0)
    receive(folder, ends[1]);
  std::string address;
  for (char c = 0; ::read(ends[0], &c, 1) == 1 && c != '\n';)
    address += c;
  return address;
}

void print(const std::string& what, double value, const char* unit) {
  std::printf("%s\t%.0f\t%s\n", what.c_str(), value, unit);
  std::fflush(stdout);
}

int run() {
  std::string folder = (std::filesystem::temp_directory_path() / "bennu-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr)
    return 1;
  make_cluster_certificates(folder, {"a", "b"});
  const auto address = start_receiver(folder); // before there are threads
  bare_node node{folder, "a", {address}};
  std::promise<void> up;
  std::promise<void>* done = nullptr;
  auto hub = node.system->spawn<sending_hub>(
    std::ref(node.part->link()), [&] { up.set_value(); }, [&] { done->set_value(); });
  node.part->link().attend(hub);
  up.get_future().wait();
  std::filesystem::remove_all(folder); // both have read it
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
    auto& latency = dynamic_cast<sending_hub&>(*caf::actor_cast<caf::abstract_actor*>(hub)).latency;
    print("round trip p50", static_cast<double>(latency.percentile(0.5)) / 1e3, "us");
    print("round trip p99", static_cast<double>(latency.percentile(0.99)) / 1e3, "us");
  }
  std::fflush(stdout);
  std::_Exit(0); // the receiver is killed with us
}

} // namespace

} // namespace bennu::bench

int main() {
  return bennu::bench::run();
}
