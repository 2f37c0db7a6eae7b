#include "transport/program/service_manager.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace bennu::engine {

bool pulse::answers() {
  if (missing_->load() > 0)
    return false;
  *missing_ = threads_.size();
  for (auto& one : threads_)
    one([missing = missing_] { --*missing; });
  return true;
}

namespace {

std::string environment(const char* name) {
  const auto* text = std::getenv(name); // NOLINT(concurrency-mt-unsafe): before there are threads
  return text == nullptr ? std::string{} : text;
}

// A path, or a name in the abstract space after `@` (unix(7)). -1 when nothing listens there.
int connect_to(const std::string& name) {
  sockaddr_un address{};
  if (name.size() < 2 || name.size() >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@'))
    return -1;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@')
    address.sun_path[0] = '\0';
  const int result = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (result >= 0 && ::connect(result, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    ::close(result);
    return -1;
  }
  return result;
}

} // namespace

service_manager::service_manager() : socket_(connect_to(environment("NOTIFY_SOCKET"))) {
  const auto pid = environment("WATCHDOG_PID");
  const auto time = std::strtoull(environment("WATCHDOG_USEC").c_str(), nullptr, 10);
  if (socket_ >= 0 && time > 0 && (pid.empty() || pid == std::to_string(::getpid())))
    interval_ = std::max(std::chrono::microseconds{time} / 3, std::chrono::microseconds{1000});
}

service_manager::~service_manager() {
  if (socket_ >= 0)
    ::close(socket_);
}

void service_manager::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void service_manager::tell(std::string_view text) noexcept {
  if (socket_ >= 0)
    (void)::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace bennu::engine
