#pragma once

#include <stdexcept>
#include <string>
#include <thread>

#include "tests/transport/cluster/cluster_node.hpp"
#include <bennu/actors/global_names.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::test {

/// Answers a text with the text twice; "crash" ends it. Records the loss of its name.
class parrot : public process {
public:
  parrot(caf::actor_config& config, hub_log& log) : process(config), log_(log) {}

protected:
  caf::behavior make_behavior() override {
    return {
      [](const std::string& x) {
        if (x == "crash")
          throw std::runtime_error("as told");
        return x + " " + x;
      },
      [this](const global_name_conflict& x) { log_.add("lost " + x.name + (x.winner ? " to another" : "")); },
    };
  }

private:
  hub_log& log_;
};

/// Monitors an actor and records its end.
class mourner : public process {
public:
  mourner(caf::actor_config& config, hub_log& log, const caf::actor& whom) : process(config) {
    set_down_handler([&log](const caf::down_msg& x) { log.add(to_string(classify(x.reason))); });
    monitor(whom);
  }

protected:
  caf::behavior make_behavior() override {
    return {[](caf::unit_t) {}};
  }
};

/// Waits for an actor with this name that is not `but`. @returns null after a minute.
inline caf::actor find_soon(const cluster_node& on, const std::string& name, const caf::actor& but = {}) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (std::chrono::steady_clock::now() < end) {
    if (auto found = on.names().find(name); found && found != but)
      return found;
    std::this_thread::yield();
  }
  return nullptr;
}

} // namespace bennu::test
