#include "apps/node/written_files.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/support/scratch_folder.hpp"

using namespace bennu::node_program;
using bennu::test::scratch_folder;
namespace fs = std::filesystem;

namespace {

/// Files of this program cannot be larger, as on a disk that becomes full.
struct small_disk {
  explicit small_disk(rlim_t bytes) : before_handler(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit less{bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &less);
  }
  ~small_disk() {
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, before_handler);
  }

  rlimit before{};
  void (*before_handler)(int);
};

} // namespace

TEST_CASE("bennu-node new: when a file cannot be written, neither files nor folders stay") {
  const scratch_folder folder;
  const fs::path app = folder.file("shop");
  const std::vector<new_file> files{{"a.txt", "small"}, {"src/deep/b.txt", std::string(10'000, 'x')}};
  {
    const small_disk limit{1'000};
    CHECK_THROWS_WITH_AS(write_files(app, files), doctest::Contains("b.txt"), std::runtime_error);
  }
  CHECK_FALSE(fs::exists(app));
  write_files(app, files);
  CHECK(fs::file_size(app / "src/deep/b.txt") == 10'000);
}

TEST_CASE("bennu-node new: what was there before stays as it was when not all can be written") {
  const scratch_folder folder;
  const fs::path app = folder.file("shop");
  fs::create_directories(app / "src");
  std::ofstream{app / "tests"} << "a file, where a folder is needed";
  CHECK_THROWS_AS(write_files(app, {{"src/a.txt", "a"}, {"tests/b.txt", "b"}}), std::runtime_error);
  CHECK(fs::is_directory(app / "src"));
  CHECK(fs::is_empty(app / "src"));
  CHECK_THROWS_WITH_AS(write_files(app, {{"a.txt", "a"}, {"tests", "b"}}), doctest::Contains("overwritten"),
                       std::runtime_error);
  CHECK_FALSE(fs::exists(app / "a.txt"));
}
