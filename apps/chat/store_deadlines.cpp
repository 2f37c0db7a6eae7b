#include "apps/chat/store_deadlines.hpp"

#include <vector>

#include <caf/atom.hpp>

#include <bennu/supervision/process.hpp>

namespace chat {

namespace {

using look = caf::atom_constant<caf::atom("look")>;
constexpr std::chrono::milliseconds interval{100};

class deadlines_actor : public bennu::process {
public:
  deadlines_actor(caf::actor_config& config, std::shared_ptr<store_deadlines> of)
    : process(config), of_(std::move(of)) {}

  std::string label() const override { return "store deadlines"; }

protected:
  caf::behavior make_behavior() override {
    delayed_send(this, interval, look::value);
    return {[this](look) {
      of_->expire(store_deadlines::clock::now());
      delayed_send(this, interval, look::value);
    }};
  }

private:
  const std::shared_ptr<store_deadlines> of_;
};

} // namespace

void store_deadlines::watch(std::weak_ptr<expiring> x) {
  std::lock_guard guard{mutex_};
  watched_.emplace_back(clock::now() + time_, std::move(x));
}

void store_deadlines::expire(clock::time_point now) {
  std::vector<std::shared_ptr<expiring>> over; // ended outside of the lock
  {
    std::lock_guard guard{mutex_};
    for (; !watched_.empty() && watched_.front().first <= now; watched_.pop_front())
      if (auto x = watched_.front().second.lock())
        over.push_back(std::move(x));
  }
  for (auto& x : over)
    x->expire();
}

bennu::child_spec store_deadlines::supervised(std::shared_ptr<store_deadlines> of) {
  return {"store deadlines",
          [of = std::move(of)](caf::event_based_actor* parent, const bennu::start_cause&) -> bennu::start_result {
            return caf::actor{parent->spawn<deadlines_actor>(of)};
          }};
}

} // namespace chat
