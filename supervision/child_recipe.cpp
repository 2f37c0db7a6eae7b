#include "supervision/child_recipe.hpp"

#include <utility>

#include <caf/make_counted.hpp>

namespace bennu {

namespace {

class spec_recipe : public child_recipe {
public:
  explicit spec_recipe(child_spec spec) : spec_(std::move(spec)) {}

  const child_policy& policy() const noexcept override { return spec_; }

  start_result start(caf::event_based_actor* parent, const start_cause& cause) override {
    return spec_.start(parent, cause);
  }

  void given_up(const exit_info& last) override {
    if (spec_.given_up)
      spec_.given_up(last);
  }

  std::string id() const override { return spec_.id; }

private:
  child_spec spec_;
};

} // namespace

child_recipe_ptr make_recipe(child_spec spec) {
  return caf::make_counted<spec_recipe>(std::move(spec));
}

} // namespace bennu
