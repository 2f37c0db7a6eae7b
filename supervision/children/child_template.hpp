#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <caf/make_counted.hpp>

#include <bennu/supervision/child_recipe.hpp>

namespace bennu::engine {

/// One child spec for all children of a pool (OTP's simple_one_for_one). Each child is started with different
/// arguments. The common part is stored once.
///
///     child_template<std::string> room{"room", start_room}; // start_result(parent, cause, name)
///     start_child(pool, room.with("lobby"));
///
/// The arguments of a temporary child are freed as soon as it runs.
///
/// Thread safety: immutable after the builder calls. The recipes of its children share it.
template <class... Args>
class child_template {
public:
  using function =
    std::function<start_result(caf::event_based_actor* parent, const start_cause& cause, const Args&...)>;

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

} // namespace bennu::engine
