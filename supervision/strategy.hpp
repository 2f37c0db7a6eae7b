#pragma once

#include <cstdint>
#include <string>

namespace bennu {

/// Who is started again with a child that ended.
enum class strategy : std::uint8_t {
  one_for_one,  ///< that child alone
  one_for_all,  ///< all children
  rest_for_one, ///< that child and those that were started after it
};

inline constexpr auto one_for_one = strategy::one_for_one;
inline constexpr auto one_for_all = strategy::one_for_all;
inline constexpr auto rest_for_one = strategy::rest_for_one;

/// Whether a supervisor ends (with `shutdown`) when its significant children have ended by themselves.
enum class auto_shutdown : std::uint8_t {
  never,           ///< OTP's default; it may then have no significant child
  any_significant, ///< as soon as one of them ended
  all_significant, ///< once the last of them ended
};

std::string to_string(strategy how);
std::string to_string(auto_shutdown when);

} // namespace bennu
