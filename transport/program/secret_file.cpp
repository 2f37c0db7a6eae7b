#include "transport/program/secret_file.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/auth/random_text.hpp"

namespace bennu::engine {

namespace {

[[noreturn]] void secret_failed(const std::string& what) {
  throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

std::string read_secret(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    secret_failed("cannot read " + path);
  if (is_readable_by_others(path))
    throw std::runtime_error(path + " holds a secret and everybody on this machine can read it: chmod o-rwx " + path
                             + ", and make a new secret if others may have read it");
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  return text;
}

} // namespace

bool is_readable_by_others(const std::string& path) noexcept {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IRWXO) != 0;
}

std::string secret_from_file(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0)
    return read_secret(path);
  // The file is written under another name and then renamed, so that no reader sees half of it.
  const auto draft = path + "." + std::to_string(::getpid());
  const int fd = ::open(draft.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    secret_failed("cannot make " + path);
  const auto line = random_text() + random_text() + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  ::close(fd);
  const bool named = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int why = errno;
  ::unlink(draft.c_str());
  errno = why;
  if (!named)
    secret_failed("cannot write " + path);
  return read_secret(path);
}

} // namespace bennu::engine
