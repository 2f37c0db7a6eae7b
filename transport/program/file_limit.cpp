#include "transport/program/file_limit.hpp"

#include <sys/resource.h>

namespace bennu::engine {

std::size_t raise_file_limit() noexcept {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
    return 0;
  auto wanted = files;
  wanted.rlim_cur = files.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &wanted) == 0 ? wanted.rlim_cur : files.rlim_cur;
}

} // namespace bennu::engine
