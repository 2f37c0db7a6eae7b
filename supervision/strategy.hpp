#pragma once

#include <cstdint>
#include <string>

namespace bennu {

/// Which children restart when one ends. Source: OTP's `supervisor`.
enum class strategy : uint8_t {
  one_for_one,  ///< only that child
  one_for_all,  ///< all children
  rest_for_one, ///< that child and the children that were started after it
};

inline constexpr auto one_for_one = strategy::one_for_one;   ///< short for `strategy::one_for_one`
inline constexpr auto one_for_all = strategy::one_for_all;   ///< short for `strategy::one_for_all`
inline constexpr auto rest_for_one = strategy::rest_for_one; ///< short for `strategy::rest_for_one`

/// Whether a supervisor ends (with `shutdown`) when significant children have ended by themselves. Source: OTP's
/// `auto_shutdown`.
enum class auto_shutdown : uint8_t {
  never,           ///< the default of OTP; the supervisor must then have no significant child
  any_significant, ///< as soon as one of them has ended
  all_significant, ///< when the last of them has ended
};

/// The name of the enumerator.
std::string to_string(strategy how);
/// The name of the enumerator.
std::string to_string(auto_shutdown when);

} // namespace bennu
