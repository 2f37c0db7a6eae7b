#include "apps/node/chaos_player.hpp"

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "actors/json/fault_json.hpp"

namespace bennu::node_program {

namespace {

// Long enough for the kernel to end a process with many connections.
constexpr int patience_with_kill_ms = 5'000;

// From now on these signals wait until they are read, so that nothing stays paused when one of them ends the program.
// Output that nobody reads any more, or that may not grow, is no reason to end.
int open_signals() {
  for (const int x : {SIGPIPE, SIGXFSZ})
    std::signal(x, SIG_IGN);
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int x : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    sigaddset(&wanted, x);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  return ::signalfd(-1, &wanted, SFD_CLOEXEC);
}

} // namespace

chaos_player::chaos_player(scenario what) : scenario_(std::move(what)), signals_(open_signals()) {}

chaos_player::~chaos_player() {
  ::close(signals_);
}

void chaos_player::say(const std::string& what) const {
  const std::chrono::duration<double> passed = clock::now() - start_;
  std::printf("%9.3f s  %s\n", passed.count(), what.c_str());
  std::fflush(stdout);
}

void chaos_player::complain(const std::string& what) const {
  std::fprintf(stderr, "bennu-node chaos: %s\n", what.c_str());
}

// Nothing is caused before every node has agreed.
void chaos_player::connect() {
  for (const auto& [name, path] : scenario_.nodes) {
    auto client = std::make_unique<control_client>(path);
    const auto own_name = client->ask({{"do", "who"}}).value("name", std::string{});
    if (own_name != name)
      throw std::runtime_error(path.string() + " belongs to the node \"" + own_name + "\", not to \"" + name + "\"");
    client->ask({{"do", "heal"}}); // refused outside of dev mode
    nodes_.emplace(name, std::move(client));
  }
}

int chaos_player::play() {
  try {
    connect();
  } catch (const refused_by_node& problem) {
    complain(problem.what());
    return static_cast<int>(chaos_status::refused);
  } catch (const std::exception& problem) {
    complain(problem.what());
    return static_cast<int>(chaos_status::failed);
  }
  int status = 0;
  try {
    play_all();
  } catch (const std::exception& problem) {
    complain(problem.what());
    status = static_cast<int>(chaos_status::failed);
  }
  try {
    end();
  } catch (const std::exception& problem) {
    complain(std::string{"not everything is healed: "} + problem.what());
    status = static_cast<int>(chaos_status::failed);
  }
  return signal_ != 0 ? 128 + signal_ : status;
}

void chaos_player::play_all() {
  start_ = clock::now();
  for (const auto& x : scenario_.moments()) {
    if (!wait_until(start_ + x.at))
      return say("interrupted");
    const auto& step = scenario_.steps[x.step];
    try {
      if (!step.what)
        heal_all();
      else if (x.heals)
        heal(x.step);
      else
        begin(x.step);
    } catch (const std::exception& problem) {
      throw std::runtime_error("step " + std::to_string(step.number) + ": " + problem.what());
    }
  }
}

// @returns false when a signal has arrived.
bool chaos_player::wait_until(clock::time_point when) {
  std::vector<pollfd> polled{{signals_, POLLIN, 0}};
  std::vector<std::string> names{{}};
  for (const auto& [name, client] : nodes_)
    if (!killed_.contains(name)) {
      polled.push_back({client->descriptor(), POLLIN, 0});
      names.push_back(name);
    }
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - clock::now());
    const int found = ::poll(polled.data(), polled.size(), static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (found == 0)
      return true;
    if (polled[0].revents != 0) {
      signalfd_siginfo info{};
      if (::read(signals_, &info, sizeof info) == sizeof info)
        signal_ = static_cast<int>(info.ssi_signo);
      return false;
    }
    for (size_t i = 1; found > 0 && i < polled.size(); ++i)
      if (polled[i].revents != 0) {
        killed_.insert(names[i]);
        throw std::runtime_error("the node \"" + names[i] + "\" is gone");
      }
  }
}

void chaos_player::begin(size_t step) {
  const auto& what = *scenario_.steps[step].what;
  auto& client = *nodes_.at(what.node);
  if (what.rule.what == fault_action::kill) {
    kill(what.node);
  } else if (what.rule.what == fault_action::pause) {
    causing_[step] = 0;
    client.signal(SIGSTOP);
  } else {
    causing_[step] = client.ask({{"do", "fault"}, {"fault", engine::to_json(what)}}).at("id").get<uint64_t>();
  }
  say(to_string(what));
}

void chaos_player::kill(const std::string& node) {
  auto& client = *nodes_.at(node);
  killed_.insert(node);
  client.signal(SIGKILL);
  pollfd readable{client.descriptor(), POLLIN, 0};
  if (::poll(&readable, 1, patience_with_kill_ms) <= 0)
    throw std::runtime_error("the node \"" + node + "\" does not end");
  std::erase_if(causing_, [&](const auto& x) { return scenario_.steps[x.first].what->node == node; });
}

void chaos_player::heal(size_t step) {
  const auto found = causing_.find(step);
  if (found == causing_.end())
    return; // all healed before
  const auto id = found->second;
  causing_.erase(found);
  const auto& what = *scenario_.steps[step].what;
  auto& client = *nodes_.at(what.node);
  if (what.rule.what == fault_action::pause) {
    client.signal(SIGCONT);
    return say("healed: " + to_string(what));
  }
  const auto hits = client.ask({{"do", "heal"}, {"id", id}}).at("hits").get<uint64_t>();
  say("healed: " + to_string(what) + " (applied " + std::to_string(hits) + (hits == 1 ? " time)" : " times)"));
}

// A node that is paused goes on first, because it could not answer.
void chaos_player::heal_all() {
  std::vector<size_t> order;
  for (const auto& [step, id] : causing_)
    order.insert(id == 0 ? order.begin() : order.end(), step);
  std::string problems;
  for (const auto step : order) {
    try {
      heal(step);
    } catch (const std::exception& problem) {
      problems += (problems.empty() ? "" : "; ") + std::string{problem.what()};
    }
  }
  if (!problems.empty())
    throw std::runtime_error(problems);
}

void chaos_player::end() {
  heal_all();
  for (const auto& node : killed_)
    say(node + " is gone: whatever started it starts it again");
  say("everything is healed");
}

} // namespace bennu::node_program
