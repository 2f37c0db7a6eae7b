#include "apps/node/control_client.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace bennu::node_program {

namespace {

// A node that is busy answers within some milliseconds.
constexpr timeval patience{5, 0};

// glibc of Debian 12 has functions for these two, but not in C++: its header lacks the linkage.
int open_process(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

long signal_process(int process, int number) {
  return ::syscall(SYS_pidfd_send_signal, process, number, nullptr, 0);
}

} // namespace

control_client::control_client(const std::filesystem::path& path) : path_(path.string()) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path_.size() >= sizeof where.sun_path)
    throw std::runtime_error(path_ + ": the path of a socket has at most " + std::to_string(sizeof where.sun_path - 1)
                             + " bytes");
  std::memcpy(where.sun_path, path_.data(), path_.size());
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ucred who{};
  socklen_t size = sizeof who;
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0
      || ::getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
    const int why = errno;
    ::close(fd_);
    throw std::runtime_error(path_ + ": " + std::generic_category().message(why)
                             + ": no node listens there; start it with --control " + path_);
  }
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  process_ = open_process(who.pid);
}

control_client::~control_client() {
  ::close(fd_);
  if (process_ >= 0)
    ::close(process_);
}

nlohmann::json control_client::ask(const nlohmann::json& request) {
  const auto line = request.dump() + "\n";
  if (::send(fd_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
    throw std::runtime_error(path_ + ": the node is gone");
  const auto answer = nlohmann::json::parse(read_line(), nullptr, false);
  if (answer.is_object() && answer.contains("ok"))
    return answer.at("ok");
  if (!answer.is_object() || !answer.contains("error"))
    throw std::runtime_error(path_ + ": what listens there is no node of Bennu");
  const auto& error = answer.at("error");
  throw refused_by_node(error.value("status", 0U), error.value("text", std::string{}));
}

std::string control_client::read_line() {
  for (;;) {
    if (const auto end = input_.find('\n'); end != input_.npos) {
      auto result = input_.substr(0, end);
      input_.erase(0, end + 1);
      return result;
    }
    char bytes[4096];
    const auto size = ::recv(fd_, bytes, sizeof bytes, 0);
    if (size == 0)
      throw std::runtime_error(path_ + ": the node is gone");
    if (size < 0 && errno != EINTR)
      throw std::runtime_error(path_ + ": the node does not answer");
    input_.append(bytes, size < 0 ? 0 : static_cast<size_t>(size));
  }
}

void control_client::signal(int number) const {
  if (process_ < 0 || signal_process(process_, number) != 0)
    throw std::system_error(process_ < 0 ? ESRCH : errno, std::generic_category(), path_ + ": its process");
}

} // namespace bennu::node_program
