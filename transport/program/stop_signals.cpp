#include "transport/program/stop_signals.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace bennu::engine {

namespace {

int checked(int fd, const char* what) {
  if (fd < 0)
    throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

// The program was started that way: by nohup(1), or as a background job of a shell.
bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

int blocked_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGHUP})
    if (!is_ignored(signal))
      sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return checked(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
}

} // namespace

stop_signals::stop_signals() : signals_(blocked_signals()), quit_(checked(::eventfd(0, EFD_CLOEXEC), "eventfd")) {}

stop_signals::~stop_signals() {
  if (watcher_.joinable()) {
    ::eventfd_write(quit_, 1);
    watcher_.join();
  }
  ::close(signals_);
  ::close(quit_);
}

void stop_signals::watch(std::function<void()> drain, std::function<void()> show, std::function<void()> reload) {
  watcher_ = std::thread{
    [this, drain = std::move(drain), show = std::move(show), reload = std::move(reload)] { run(drain, show, reload); }};
}

void stop_signals::run(const std::function<void()>& drain, const std::function<void()>& show,
                       const std::function<void()>& reload) const {
  pollfd watched[] = {{signals_, POLLIN, 0}, {quit_, POLLIN, 0}};
  for (auto count = 0; watched[1].revents == 0;) {
    if (::poll(watched, 2, -1) < 0)
      continue; // EINTR
    signalfd_siginfo signal{};
    if (::read(signals_, &signal, sizeof signal) != sizeof signal)
      continue;
    if (signal.ssi_signo == SIGUSR1) {
      if (show)
        show();
      continue;
    }
    if (signal.ssi_signo == SIGHUP) {
      if (reload)
        reload();
      continue;
    }
    if (++count > 1)
      ::_exit(128 + static_cast<int>(signal.ssi_signo));
    drain();
  }
}

} // namespace bennu::engine
