#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bennu::node_program {

/// A file of `apps/node/templates`, or of the official client (`client/phoenix.mjs`, `client/LICENSE.md`).
struct template_file {
  std::string_view path; ///< below `apps/node/templates`, such as `app/src/main.cpp`
  std::string_view text;
};

/// All of them; those of a folder are sorted. The build makes the table. The files of the client are missing when it
/// was not installed where this program was built.
std::span<const template_file> templates();

/// A file to write: its path below the folder of the project, with `/`, and its content.
struct new_file {
  std::string path;
  std::string text;

  friend bool operator==(const new_file&, const new_file&) = default;
};

/// What a generator writes, and what it tells. A plain value.
struct generated {
  std::vector<new_file> files; ///< sorted by path
  std::string next;            ///< what the user does next, in lines
};

/// A whole project, in a folder with its name. REQUIRES: `name` comes from `app_name`.
generated new_app(const std::string& name);

/// Parts of a project. REQUIRES: `name` comes from `part_name`.
generated new_channel(const std::string& name);
generated new_presence(const std::string& name);
generated new_socket(const std::string& name);

/// The name of the project that `new_app` has written, read from its CMakeLists.txt.
/// @throws std::invalid_argument when the text is that of another project.
std::string project_of(std::string_view cmake_lists);

/// `text` with each word `from` as `to`. A word is a run of letters: `shop` is one in `shop_tests` and `/shop/`, not
/// in `workshop`. The word in capitals becomes `to` in capitals.
std::string with_word(std::string_view text, std::string_view from, std::string_view to);

} // namespace bennu::node_program
