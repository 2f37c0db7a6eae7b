#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::test {

/// A child that obeys texts: "crash" throws, "stop" quits normally, "leave" quits with shutdown.
class test_child : public process {
public:
  using process::process;

protected:
  caf::behavior make_behavior() override {
    return {[this](const std::string& order) {
      if (order == "crash")
        throw std::runtime_error{"told to crash"};
      quit(order == "leave" ? exits::shutdown("left") : caf::error{});
    }};
  }
};

/// A child that traps exits, so that it does not end when it is told to.
class stubborn_child : public test_child {
public:
  explicit stubborn_child(caf::actor_config& cfg) : test_child(cfg) {
    set_exit_handler([](caf::exit_msg&) {});
  }
};

/// The causes of one child's starts, and the actors that they created.
struct diary {
  std::vector<caf::actor> actors;
  std::vector<start_cause> causes;
  std::vector<exit_info> given_up;

  const caf::actor& last() const { return actors.back(); }
  size_t starts() const { return actors.size(); }

  ~diary() { actors.clear(); }
};

template <class Child = test_child>
child_spec worker(const std::string& id, diary& book) {
  return child_spec{id,
                    [&book](caf::event_based_actor* parent, const start_cause& cause) -> start_result {
                      book.causes.push_back(cause);
                      book.actors.push_back(parent->spawn<Child>());
                      return book.actors.back();
                    }}
    .when_given_up([&book](const exit_info& why) { book.given_up.push_back(why); });
}

} // namespace bennu::test
