#include "transport/observer/inquiry.hpp"

#include <bennu/supervision/child.hpp>

namespace bennu::engine {

inquiry::inquiry(caf::actor_config& config, observer_sources& from, std::shared_ptr<const observer_question> what)
  : process(config), from_(from), what_(std::move(what)) {}

caf::behavior inquiry::make_behavior() {
  send(this, begin{});
  delayed_send(this, longest, time_over{});
  return {
    [this](begin) {
      const auto is_action = what_->what == observer_question::type::action;
      const auto* view = is_action ? find_action(what_->name) : find_view(what_->name);
      if (view == nullptr)
        return refuse(404, "there is no " + std::string{is_action ? "action" : "view"} + " \""
                             + shown_text(what_->name, 64)
                             + "\"; there are: " + (is_action ? names_of_actions() : names_of_views()));
      guarded([&] { view->show(*this); });
    },
    [this](const next_step& x) { in_steps(x.step, x.then); },
    [this](time_over) { refuse(504, "the node has not answered in time: it is busy; ask again"); },
  };
}

void inquiry::answer(nlohmann::json value) {
  tell(observer_answer::ok(std::move(value)));
}

void inquiry::refuse(unsigned status, std::string reason) {
  tell(observer_answer::problem(status, std::move(reason)));
}

void inquiry::tell(observer_answer x) {
  for (const auto& task : running_)
    task->is_unwanted = true;
  if (!what_->then->told())
    (*what_->then)(std::move(x));
  quit();
}

void inquiry::ask_units(const std::vector<unit_task_ptr>& tasks, std::function<void(size_t missing)> then) {
  struct count {
    size_t open, missing;
  };
  running_.insert(running_.end(), tasks.begin(), tasks.end());
  const auto left = std::make_shared<count>(count{tasks.size(), 0});
  const auto ended = [this, left, then = std::move(then)](bool is_missing) {
    left->missing += is_missing ? 1 : 0;
    if (--left->open == 0)
      guarded([&] { then(left->missing); });
  };
  for (size_t i = 0; i < tasks.size(); ++i) {
    const auto reader = from_.units[i]->get();
    const auto failed = [ended, task = tasks[i]](const caf::error&) {
      task->is_unwanted = true;
      ended(true);
    };
    request(reader, patience, run_unit_task{tasks[i]}).then([ended] { ended(false); }, failed);
  }
}

void inquiry::in_steps(std::function<bool()> step, std::function<void()> then) {
  guarded([&] {
    if (step())
      send(this, next_step{std::move(step), std::move(then)});
    else
      then();
  });
}

child_spec inquiry_child(observer_sources& from, std::shared_ptr<const observer_question> what) {
  return child<inquiry>("question", std::ref(from), std::move(what)).restart_as(restart::temporary);
}

} // namespace bennu::engine
