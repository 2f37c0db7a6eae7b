#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <caf/send.hpp>

#include "actors/json/fault_json.hpp"
#include "actors/node/node_parts.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/tree_walk.hpp"
#include "transport/observer/views.hpp"
#include <bennu/supervision/blocking_pool.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/supervisor_error.hpp>

namespace bennu::engine {

namespace {

// A fault may wait for a walk through the tree.
constexpr std::chrono::milliseconds patience_with_faults{2'500};

void require_dev_mode(const inquiry& by) {
  if (!by.from().program.dev_mode)
    throw refused_question(403, "the node \"" + by.from().node.name
                                  + "\" is not in dev mode: faults on purpose are for development; start it with "
                                    "--dev");
}

nlohmann::json done(const std::string& text) {
  return {{"text", text}};
}

std::string name_of(const child_info& x) {
  return shown_text(x.id, 128) + " (actor " + std::to_string(x.actor ? x.actor.id() : 0) + ")";
}

void require_process(const found_child& x, const char* what) {
  if (dynamic_cast<process*>(caf::actor_cast<caf::abstract_actor*>(x.child.actor)) == nullptr)
    throw refused_question(409,
                           std::string{"this actor is none of Bennu's processes: it cannot "} + what + " on purpose");
}

// Has the pool for blocking work do it, because it may wait for actors.
template <class F>
void do_blocking(inquiry& by, F f) {
  auto job = [f = std::move(f)]() -> std::shared_ptr<const observer_answer> {
    try {
      return std::make_shared<const observer_answer>(observer_answer::ok(f()));
    } catch (const std::invalid_argument& problem) {
      return std::make_shared<const observer_answer>(observer_answer::problem(409, problem.what()));
    }
  };
  const auto result = std::make_shared<std::shared_ptr<const observer_answer>>();
  by.request(by.from().node.blocking.handle(), patience_with_faults,
             make_blocking_job([job = std::move(job), result]() mutable { *result = job(); }, "fault of an observer"))
    .then(
      [&by, result] {
        if ((*result)->is_ok())
          by.answer((*result)->value);
        else
          by.refuse((*result)->status, (*result)->reason);
      },
      [&by](const caf::error&) { by.refuse(504, "the pool for blocking work does not answer in time"); });
}

} // namespace

void act_drain(inquiry& by) {
  const auto& name = by.from().node.name;
  const auto confirm = param_reader{by.params()}.text("confirm");
  if (confirm != name && confirm != "drain")
    throw wrong_params("confirm must be the name of the node, \"" + name + "\", or \"drain\": the node stops");
  by.from().program.drain();
  by.answer(done("the node drains, and stops then"));
}

void act_crash(inquiry& by) {
  require_dev_mode(by);
  static std::atomic<uint64_t> count{0};
  find_actor(by, param_reader{by.params()}.required_number("actor"), [&by](const found_child& x) {
    require_process(x, "crash");
    // The rule applies to this occasion alone, which only this actor gets. It ends when that was handled.
    fault_rule rule;
    rule.event = "observer " + std::to_string(++count);
    auto& points = fault_points::of(by.system());
    const auto id = points.set(rule);
    fault_points::hold();
    const std::shared_ptr<void> hold{nullptr, [&points, id](void*) {
                                       points.clear(id);
                                       fault_points::release();
                                     }};
    caf::anon_send(x.child.actor, fault_occasion{rule.event, hold});
    by.answer(done(name_of(x.child) + " crashes"));
  });
}

void act_kill(inquiry& by) {
  require_dev_mode(by);
  find_actor(by, param_reader{by.params()}.required_number("actor"), [&by](const found_child& x) {
    signal_exit(x.child.actor, exits::kill());
    by.answer(done(name_of(x.child) + " is killed"));
  });
}

void act_pause(inquiry& by) {
  require_dev_mode(by);
  const param_reader in{by.params()};
  const std::chrono::milliseconds time{in.number("time", 10'000, 1, 60'000)};
  find_actor(by, in.required_number("actor"), [&by, time](const found_child& x) {
    require_process(x, "pause");
    do_blocking(by, [&program = by.from().program, whom = x.child.actor, who = name_of(x.child), time] {
      const auto id = program.pause(whom, who, time);
      return nlohmann::json{
        {"id", id},
        {"text", "fault " + std::to_string(id) + ": " + who + " pauses for " + std::to_string(time.count()) + " ms"}};
    });
  });
}

void act_stop(inquiry& by) {
  require_dev_mode(by);
  find_actor(by, param_reader{by.params()}.required_number("actor"), [&by](const found_child& x) {
    // A dynamic supervisor knows a child by its actor, a static one by its id.
    ask_supervisor<supervisor_info>(by, x.supervisor, get_supervisor_command{}, [&by, x](const supervisor_info& of) {
      const auto whom = of.is_dynamic ? child_ref{x.child.actor} : child_ref{x.child.id};
      by.request(x.supervisor, inquiry::longest, terminate_child_command{whom})
        .then([&by, name = name_of(x.child)] { by.answer(done(name + " is stopped")); },
              [&by](const caf::error& why) { by.refuse(409, reason_text(why)); });
    });
  });
}

void act_restart(inquiry& by) {
  require_dev_mode(by);
  auto path = read_path(by.params());
  if (path.empty())
    throw wrong_params("path must name the child that is started again: its id is the last one");
  const auto id = path.back();
  path.pop_back();
  find_supervisor(by, std::move(path), [&by, id](const found_supervisor& x) {
    by.request(x.actor, inquiry::longest, restart_child_command{id})
      .then([&by, id](const child_started&) { by.answer(done(shown_text(id, 128) + " is started again")); },
            [&by](const caf::error& why) { by.refuse(409, reason_text(why)); });
  });
}

void show_faults(inquiry& by) {
  by.answer({{"possible", by.from().program.possible_faults}, {"active", by.from().program.faults()}});
}

void act_fault(inquiry& by) {
  require_dev_mode(by);
  const auto given = by.params().find("fault");
  if (given == by.params().end())
    throw wrong_params("fault is missing: give an object such as {\"fault\": \"crash\", \"label\": \"room_channel*\"}");
  fault what;
  try {
    what = fault_from_json(*given);
  } catch (const std::invalid_argument& problem) {
    throw wrong_params(problem.what());
  }
  do_blocking(by, [&program = by.from().program, what] {
    const auto id = program.cause(what);
    return nlohmann::json{{"id", id}, {"text", "fault " + std::to_string(id) + ": " + to_string(what)}};
  });
}

void act_heal(inquiry& by) {
  require_dev_mode(by);
  const auto id = param_reader{by.params()}.number("id", 0, 1, UINT64_MAX);
  do_blocking(by, [&program = by.from().program, id] {
    const auto hits = program.heal(id);
    return nlohmann::json{{"hits", hits}, {"text", id == 0 ? "all faults are healed" : "the fault is healed"}};
  });
}

void act_cut(inquiry& by) {
  require_dev_mode(by);
  fault what;
  what.rule.what = fault_action::cut;
  what.peer = param_reader{by.params()}.required_text("peer");
  do_blocking(by, [&program = by.from().program, what] {
    const auto id = program.cause(what);
    return nlohmann::json{{"id", id}, {"text", "fault " + std::to_string(id) + ": " + to_string(what)}};
  });
}

} // namespace bennu::engine
