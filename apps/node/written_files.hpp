#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/node/generator.hpp"

namespace bennu::node_program {

/// Files and folders that belong together. What was made is removed again unless all of it was made.
class written_files {
public:
  written_files() = default;
  ~written_files();
  written_files(const written_files&) = delete;
  written_files& operator=(const written_files&) = delete;

  /// Makes the file, and the folders that it needs.
  /// @throws std::system_error when it exists already, or cannot be written.
  void write(const std::filesystem::path& to, const std::string& text);

  /// Everything stays.
  void keep() noexcept { made_.clear(); }

private:
  void make_folder(const std::filesystem::path& x);

  std::vector<std::filesystem::path> made_; // a folder before what is in it
};

/// Writes all of the files into the folder, or nothing.
/// @throws std::runtime_error with the reason.
void write_files(const std::filesystem::path& folder, const std::vector<new_file>& files);

} // namespace bennu::node_program
