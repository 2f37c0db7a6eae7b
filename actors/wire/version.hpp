#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bennu::engine {

/// The versions of one wire format: `~> MAJOR.MINOR.PATCH` in the words of Elixir, which is any version with this
/// MAJOR and MINOR that is not older. A pre-release of MAJOR.MINOR.PATCH itself is older.
/// Source: Phoenix.Socket, option `serializer`; semver.org, items 2, 9, 10 and 11.
class version_requirement {
public:
  /// @returns nothing unless `text` is MAJOR.MINOR.PATCH, three numbers without leading zeros that fit 32 bits.
  static std::optional<version_requirement> parse(std::string_view text);

  constexpr version_requirement(uint32_t major_number, uint32_t minor_number, uint32_t patch_number) noexcept
    : major_(major_number), minor_(minor_number), patch_(patch_number) {}

  /// Whether a client that asks for `version` may get this format. `version` must be a whole semantic version;
  /// pre-release and build labels are allowed.
  bool admits(std::string_view version) const;

  /// Whether some version would be admitted by both.
  bool overlaps(const version_requirement& x) const noexcept { return major_ == x.major_ && minor_ == x.minor_; }

private:
  uint32_t major_;
  uint32_t minor_;
  uint32_t patch_;
};

} // namespace bennu::engine
