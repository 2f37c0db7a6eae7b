#include "supervision/lookup/crash_walk.hpp"

#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu::engine {

namespace {

// A supervisor that is stuck for longer is left out.
constexpr auto patience = std::chrono::seconds{1};

/// Asks one supervisor after the other for its children, and passes on the occasion. Started by `offer_crash` without a
/// supervisor: it lives for some milliseconds.
class crash_walk : public process {
public:
  crash_walk(caf::actor_config& cfg, const caf::actor& root, fault_occasion occasion, std::function<void()> then)
    : process(cfg), occasion_(std::move(occasion)), done_(std::move(then)) {
    unasked_.push_back(root);
  }

protected:
  caf::behavior make_behavior() override {
    ask_next();
    return {[](caf::unit_t) {}};
  }

private:
  void ask_next() {
    if (unasked_.empty()) {
      done_();
      return quit();
    }
    const auto whom = std::move(unasked_.back());
    unasked_.pop_back();
    request(whom, patience, which_children_command{})
      .then(
        [this](const std::vector<child_info>& children) {
          for (const auto& x : children)
            visit(x);
          ask_next();
        },
        [this](const caf::error&) { ask_next(); });
  }

  void visit(const child_info& child) {
    if (child.type == child_type::supervisor && child.actor)
      unasked_.push_back(child.actor);
    if (child.actor && dynamic_cast<process*>(caf::actor_cast<caf::abstract_actor*>(child.actor)) != nullptr)
      caf::anon_send(child.actor, occasion_);
  }

  const fault_occasion occasion_;
  const std::function<void()> done_;
  std::vector<caf::actor> unasked_;
};

} // namespace

void offer_crash(caf::actor_system& system, const caf::actor& root, fault_occasion occasion,
                 std::function<void()> done) {
  system.spawn<crash_walk>(root, std::move(occasion), std::move(done));
}

} // namespace bennu::engine
