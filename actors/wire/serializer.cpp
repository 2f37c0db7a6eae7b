#include "actors/wire/serializer.hpp"

#include "actors/wire/version.hpp"

namespace bennu::engine {

// Without a version Phoenix takes 1.0.0.
const serializer* serializer_for(std::optional<std::string_view> vsn) {
  constexpr version_requirement v1{1, 0, 0};
  constexpr version_requirement v2{2, 0, 0};
  const auto wanted = vsn.value_or("1.0.0");
  if (v1.admits(wanted))
    return &serializer_v1();
  return v2.admits(wanted) ? &serializer_v2() : nullptr;
}

} // namespace bennu::engine
