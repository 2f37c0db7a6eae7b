#include <bennu/supervision/child_recipe.hpp>

#include <exception>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/make_counted.hpp>

#include "supervision/process/crash_report.hpp"
#include <bennu/supervision/fault.hpp>

namespace bennu {

namespace {

class spec_recipe : public child_recipe {
public:
  explicit spec_recipe(child_spec spec) : spec_(std::move(spec)) {}

  const child_policy& policy() const noexcept override { return spec_; }

  start_result start(caf::event_based_actor* parent, const start_cause& cause) override {
    return spec_.start(parent, cause);
  }

  void started_for_good() override { spec_.start = nullptr; }

  void given_up(const exit_info& last) override {
    if (spec_.given_up)
      spec_.given_up(last);
  }

  std::string id() const override { return spec_.id; }

private:
  child_spec spec_;
};

} // namespace

start_result start_guarded(child_recipe& recipe, caf::event_based_actor* parent, const start_cause& cause) {
  using state = start_result::state;
  try {
    if (fault_points::active())
      if (auto rule =
            fault_points::of(parent->system()).hit(parent->system(), recipe.id(), "start", fault_place::start))
        return start_result::failed(exits::crash("a fault on purpose: " + to_string(*rule)));
    auto result = recipe.start(parent, cause);
    auto has_actor = result.what() == state::ready || result.what() == state::pending;
    return has_actor && !result.child() ? start_result::failed(exits::crash("the start function gave no actor"))
                                        : result;
  } catch (...) {
    return start_result::failed(exits::crash(exception_text()));
  }
}

child_recipe_ptr make_recipe(child_spec spec) {
  return caf::make_counted<spec_recipe>(std::move(spec));
}

} // namespace bennu
