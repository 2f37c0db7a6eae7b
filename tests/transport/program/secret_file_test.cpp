#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/stat.h>

#include "tests/support/scratch_folder.hpp"
#include "transport/program/files.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

TEST_CASE("secret file: it is created once, readable for its owner only, and leaves no temporary file") {
  scratch_folder folder;
  const auto path = folder.file("secret");
  const auto made = secret_from_file(path);
  CHECK(made.size() == 48);
  CHECK(secret_from_file(path) == made);
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const std::filesystem::directory_iterator files{std::filesystem::path{path}.parent_path()};
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("secret file: when it cannot be created the error names it") {
  scratch_folder folder;
  const auto path = folder.file("no such folder/secret");
  CHECK_THROWS_WITH(secret_from_file(path), doctest::Contains(path.c_str()));
}

TEST_CASE("secret file: an empty file is refused, because everybody knows its secret") {
  scratch_folder folder;
  const auto path = folder.file("secret");
  for (const auto* text : {"", "\n\n", " \t\n"}) {
    std::ofstream{path} << text;
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(secret_from_file(path), doctest::Contains("is empty: remove it"));
  }
}

TEST_CASE("secret file: a file that every user can read is refused, and the error says what to do") {
  scratch_folder folder;
  const auto path = folder.file("secret");
  std::ofstream{path} << "a secret\n";
  for (const auto mode : {0644, 0604, 0602, 0601}) {
    REQUIRE(::chmod(path.c_str(), static_cast<mode_t>(mode)) == 0);
    CHECK_THROWS_WITH(secret_from_file(path), doctest::Contains(("chmod o-rwx " + path).c_str()));
  }
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  CHECK(secret_from_file(path) == "a secret");
}
