#pragma once

#include <span>
#include <string_view>

namespace bennu::node_program {

/// A file of `apps/node/templates`, or of the official client (`client/phoenix.mjs`, `client/LICENSE.md`).
struct template_file {
  std::string_view path; ///< below `apps/node/templates`, such as `app/src/main.cpp`
  std::string_view text;
};

/// All of them, sorted by path. The build makes the table. The files of the client are missing when it was not
/// installed where this program was built.
std::span<const template_file> templates();

} // namespace bennu::node_program
