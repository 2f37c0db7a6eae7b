#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "supervision/process/local_message.hpp"
#include "transport/observer/question.hpp"
#include "transport/observer/sources.hpp"
#include "transport/observer/unit_reader.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// Answers one question of an observer: it asks the actors that know, each with a patience, and ends with its answer.
/// So a crash on the way costs this one answer. Whoever does not answer in time is left out.
///
/// Started by the dynamic supervisor of the observer for each question, `temporary`. Thread safety: any io unit.
class inquiry : public process {
public:
  inquiry(caf::actor_config& config, observer_sources& from, std::shared_ptr<const observer_question> what);
  std::string label() const override { return "question of an observer"; }
  resume_result resume(caf::execution_unit* host, size_t) override { return process::resume(host, 1); }

  /// How long each actor that is asked may take, and the whole question.
  static constexpr std::chrono::milliseconds patience{500};
  static constexpr std::chrono::seconds longest{3};

  // -- for the views, which run in it -------------------------------------------

  observer_sources& from() const noexcept { return from_; }
  const nlohmann::json& params() const noexcept { return what_->params; }

  void answer(nlohmann::json value);
  void refuse(unsigned status, std::string reason);

  /// Has each io unit carry out a task, and calls `then` with how many of them did not in time.
  void ask_units(const std::vector<unit_task_ptr>& tasks, std::function<void(size_t missing)> then);

  /// Calls `step` again and again, with other work of the io unit between, until it returns false; then `then`.
  void in_steps(std::function<bool()> step, std::function<void()> then);

  /// Calls `f`, and refuses the question if that throws `wrong_params` or `refused_question`. Whatever a view does
  /// later, when it has got an answer, it does so.
  template <class F>
  void guarded(F f) {
    try {
      f();
    } catch (const wrong_params& problem) {
      refuse(400, problem.what());
    } catch (const refused_question& problem) {
      refuse(problem.status, problem.what());
    }
  }

protected:
  caf::behavior make_behavior() override;

private:
  struct begin {
    using local_message = void;
  };
  struct time_over {
    using local_message = void;
  };
  struct next_step {
    using local_message = void;
    std::function<bool()> step;
    std::function<void()> then;
  };
  void tell(observer_answer x);

  observer_sources& from_;
  const std::shared_ptr<const observer_question> what_;
  std::vector<unit_task_ptr> running_;
};

/// The child that starts a question's inquiry.
child_spec inquiry_child(observer_sources& from, std::shared_ptr<const observer_question> what);

/// A view of the node: its name, and what answers it. It runs in the inquiry, and calls `answer` or `refuse` once, now
/// or later.
struct observer_view {
  std::string_view name;
  void (*show)(inquiry& by);
};

/// The view with this name; null when there is none.
const observer_view* find_view(std::string_view name) noexcept;

/// `overview, tree, …`
std::string names_of_views();

/// The action with this name; null when there is none.
const observer_view* find_action(std::string_view name) noexcept;
std::string names_of_actions();

} // namespace bennu::engine
