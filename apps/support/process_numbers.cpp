#include "apps/support/process_numbers.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace bennu {

namespace {

namespace fs = std::filesystem;

double entries(const char* folder) {
  std::error_code failed;
  const fs::directory_iterator all{folder, failed};
  return failed ? 0 : static_cast<double>(std::distance(begin(all), end(all)));
}

double seconds(const timeval& x) {
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
}

} // namespace

process_numbers read_process_numbers() {
  process_numbers result;
  double pages = 0, resident_pages = 0;
  if (std::ifstream statm{"/proc/self/statm"}; statm >> pages >> resident_pages)
    result.resident_bytes = resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    result.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0)
    result.max_files = static_cast<double>(files.rlim_cur);
  result.open_files = entries("/proc/self/fd");
  result.threads = entries("/proc/self/task");
  return result;
}

} // namespace bennu
