#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <unistd.h>

#include "apps/bench/link/pair.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/cluster.hpp>
#include <bennu/transport/server.hpp>

namespace bennu::bench {

struct start_broadcasts {
  bool are_pings;
};

} // namespace bennu::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bench::start_broadcasts)

namespace bennu::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr const char* there = "bench:there";
constexpr const char* back = "bench:back";

// Each message gets a new payload, as in an application.
payload new_payload() {
  return payload::from_text('"' + std::string(message_size - 2, 'x') + '"');
}

application_options options_of(const std::string& folder, const std::string& name, std::vector<std::string> peers) {
  application_options result;
  result.name = name;
  result.threads = 1;
  result.web.port = 0;
  result.cluster = cluster_options{.name = name, .peers = std::move(peers)};
  result.cluster->certificate = folder + "/" + name + ".crt";
  result.cluster->key = folder + "/" + name + ".key";
  result.cluster->authority = folder + "/ca.crt";
  return result;
}

/// Counts broadcasts and answers after every thousand. Answers each ping.
class subscriber : public process {
public:
  subscriber(caf::actor_config& config, bennu::node& home) : process(config), home_(home) {}

protected:
  caf::behavior make_behavior() override {
    home_.topics().subscribe(there, caf::actor_cast<caf::actor>(this));
    return {[this](const broadcast_ptr& x) {
      if (x->event == "ping")
        home_.topics().broadcast(back, "pong", x->body);
      else if (++count_ % answer_every == 0)
        home_.topics().broadcast(back, "answer");
    }};
  }

private:
  bennu::node& home_;
  size_t count_ = 0;
};

/// Broadcasts as fast as the window allows.
class publisher : public process {
public:
  publisher(caf::actor_config& config, bennu::node& home, std::function<void()> on_up, std::function<void()> on_done)
    : process(config), home_(home), up_(std::move(on_up)), done_(std::move(on_done)) {}

  progress so_far;

protected:
  caf::behavior make_behavior() override {
    for (const auto* topic : {back, nodes_topic.data()})
      home_.topics().subscribe(topic, caf::actor_cast<caf::actor>(this));
    return {
      [this](const broadcast_ptr& x) { heard(*x); },
      [this](start_broadcasts x) {
        so_far.begin();
        x.are_pings ? ping() : fill();
      },
    };
  }

private:
  void heard(const broadcast& x) {
    if (x.event == "nodeup")
      return up_();
    if (x.event == "pong")
      return so_far.ponged() ? done_() : ping();
    so_far.answered() ? done_() : fill();
  }

  void ping() {
    so_far.pinged();
    home_.topics().broadcast(there, "ping", new_payload());
  }

  void fill() {
    for (; so_far.may_send(); so_far.sent(1))
      home_.topics().broadcast(there, "message", new_payload());
  }

  bennu::node& home_;
  std::function<void()> up_;
  std::function<void()> done_;
};

} // namespace

void receive_broadcasts(const std::string& folder, const std::function<void(const std::string&)>& tell) {
  application app{options_of(folder, "b", {})};
  app.start();
  const auto listener = app.system().spawn<subscriber>(std::ref(app.home()));
  tell(app.part()->address());
  for (;;)
    ::pause();
}

void send_broadcasts(const std::string& folder, const std::string& address) {
  application app{options_of(folder, "a", {address})};
  std::promise<void> up;
  std::promise<void>* done = nullptr;
  caf::actor speaker;
  app.supervise({"publisher", [&](caf::event_based_actor* parent, const start_cause&) -> start_result {
                   speaker = parent->spawn<publisher>(
                     std::ref(app.home()), [&] { up.set_value(); }, [&] { done->set_value(); });
                   return speaker;
                 }});
  app.start();
  up.get_future().wait();
  std::filesystem::remove_all(folder); // both have read it
  for (const bool are_pings : {true, false}) {
    std::promise<void> over;
    done = &over;
    const auto begin = clock::now();
    caf::anon_send(speaker, start_broadcasts{are_pings});
    over.get_future().wait();
    const std::chrono::duration<double> took = clock::now() - begin;
    if (!are_pings) {
      print("broadcasts of 100 bytes", messages / took.count(), "1/s");
      continue;
    }
    dynamic_cast<publisher&>(*caf::actor_cast<caf::abstract_actor*>(speaker))
      .so_far.print_latency("broadcast there and back");
  }
}

} // namespace bennu::bench
