#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/make_counted.hpp>

#include <bennu/supervision/child_recipe.hpp>

namespace bennu {

/// OTP's simple_one_for_one: one spec for all children of a pool, each of which is started with its own arguments. A
/// child costs only its arguments, because all children share the spec.
///
///     auto rooms = template_of<room, std::string>("room"); // room(caf::actor_config&, std::string)
///     rooms.policy().restart_type = restart::transient;
///     start_child(pool, rooms.with("lobby"));
///
/// The arguments of a temporary child are freed as soon as it runs.
///
/// Thread safety: immutable after the builder calls. The recipes of its children share it.
template <class... Args>
class child_template {
public:
  /// Starts a child with the arguments that `with` was given; otherwise a `start_function`.
  using function =
    std::function<start_result(caf::event_based_actor* parent, const start_cause& cause, const Args&...)>;

  /// @param id the name of each child in reports
  child_template(std::string id, function start) : shared_(std::make_shared<shared>()) {
    shared_->id = std::move(id);
    shared_->start = std::move(start);
  }

  /// How its children are restarted and stopped. Change it before the first `with`.
  child_policy& policy() noexcept { return shared_->policy; }

  /// The recipe of a child with these arguments.
  child_recipe_ptr with(Args... args) const { return caf::make_counted<recipe>(shared_, std::move(args)...); }

private:
  struct shared {
    std::string id;
    function start;
    child_policy policy;
  };

  class recipe : public child_recipe {
  public:
    recipe(std::shared_ptr<const shared> common, Args... args)
      : shared_(std::move(common)), args_(std::in_place, std::move(args)...) {}

    const child_policy& policy() const noexcept override { return shared_->policy; }

    start_result start(caf::event_based_actor* parent, const start_cause& cause) override {
      return std::apply([&](const Args&... args) { return shared_->start(parent, cause, args...); }, *args_);
    }

    void started_for_good() override { args_.reset(); }

    std::string id() const override { return shared_->id; }

  private:
    std::shared_ptr<const shared> shared_;
    std::optional<std::tuple<Args...>> args_;
  };

  std::shared_ptr<shared> shared_;
};

/// Makes a template whose children are actors of class `Actor`, constructed from the arguments of `with`.
template <class Actor, class... Args>
child_template<Args...> template_of(std::string id) {
  return {std::move(id), [](caf::event_based_actor* parent, const start_cause&, const Args&... args) -> start_result {
            auto actor = caf::actor{parent->spawn<Actor>(args...)};
            if constexpr (requires { typename Actor::acknowledges_start; })
              return start_result::pending(std::move(actor));
            else
              return actor;
          }};
}

} // namespace bennu
