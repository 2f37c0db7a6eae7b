#include <cstdio>
#include <future>
#include <stdexcept>
#include <string>

#include <bennu/supervision/config.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/registry.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/tree.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>

/// Counts, and cannot bear negative numbers.
class counter : public bennu::process {
public:
  using process::process;

protected:
  caf::behavior make_behavior() override {
    return {[this](int x) {
      if (x < 0)
        throw std::invalid_argument{"negative"};
      std::printf("sum %d\n", sum_ += x);
    }};
  }

private:
  int sum_ = 0;
};

int main() {
  bennu::config settings;
  caf::actor_system system{settings};
  bennu::registry names;
  std::promise<void> first, second; // set when the counter starts
  auto start = [&, starts = 0](caf::event_based_actor* parent, const bennu::start_cause& why) mutable {
    if (why.is_restart())
      std::printf("again after: %s\n", to_string(*why.crash).c_str());
    auto child = parent->spawn<counter>();
    names.add("counter", child);
    (++starts == 1 ? first : second).set_value();
    return bennu::start_result::ready(child);
  };
  auto tree = bennu::supervisor_spec{bennu::one_for_one}.add({"counter", start}).start(system);
  first.get_future().wait();
  for (auto x : {1, 2, -1})
    caf::anon_send(names.find("counter"), x);
  second.get_future().wait();
  caf::anon_send(names.find("counter"), 5); // the restarted counter begins at zero
  auto seen = bennu::read_tree(system, tree.root()).get();
  std::printf("%s", render(seen).c_str());
}
