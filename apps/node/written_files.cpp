#include "apps/node/written_files.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace bennu::node_program {

namespace fs = std::filesystem;

// The last ones first. A folder in which somebody else has put something is not empty, and stays.
written_files::~written_files() {
  std::error_code ignored;
  for (auto x = made_.rbegin(); x != made_.rend(); ++x)
    fs::remove(*x, ignored);
}

void written_files::make_folder(const fs::path& x) {
  if (x.empty() || fs::is_directory(x))
    return;
  make_folder(x.parent_path());
  if (fs::create_directory(x))
    made_.push_back(x);
}

void written_files::write(const fs::path& to, const std::string& text) {
  make_folder(to.parent_path());
  // "x": fails when the file exists, also when it has appeared this very moment.
  std::unique_ptr<FILE, int (*)(FILE*)> file{std::fopen(to.c_str(), "wx"), std::fclose};
  if (!file)
    throw std::system_error(errno, std::generic_category(), to.string());
  made_.push_back(to);
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
  if (std::fclose(file.release()) != 0 || !is_written)
    throw std::system_error(errno, std::generic_category(), to.string());
}

void write_files(const fs::path& folder, const std::vector<new_file>& files) {
  for (const auto& x : files)
    if (fs::exists(folder / x.path))
      throw std::runtime_error((folder / x.path).string() + " exists already, and nothing is overwritten");
  written_files all;
  for (const auto& x : files)
    all.write(folder / x.path, x.text);
  all.keep();
}

} // namespace bennu::node_program
