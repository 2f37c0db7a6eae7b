#include "transport/io/poller.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/epoll.h>

namespace bennu::engine {

namespace {

// How many ready sockets are handled before other work of the unit runs.
constexpr size_t batch_size = 64;

int make_epoll() {
  int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0)
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return fd;
}

epoll_event interest(uint32_t events, pollable& x) noexcept {
  epoll_event result{};
  result.events = events;
  result.data.ptr = &x;
  return result;
}

} // namespace

poller::poller(boost::asio::io_context& loop) : epoll_fd_(make_epoll()), descriptor_(loop, epoll_fd_) {}

poller::~poller() = default; // closing the descriptor closes the epoll set

bool poller::watch(int fd, uint32_t events, pollable& x) {
  auto event = interest(events, x);
  if (::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0)
    return false;
  x.counted().ref();
  return true;
}

void poller::change(int fd, uint32_t events, pollable& x) noexcept {
  auto event = interest(events, x);
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event);
}

void poller::forget(int fd, pollable& x) noexcept {
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
  keep_alive ours{&x.counted(), false};
  if (in_batch_)
    forgotten_.emplace_back(&x, std::move(ours));
}

void poller::start(std::function<void()> after_batch, std::function<void(std::string_view)> report) {
  after_batch_ = std::move(after_batch);
  report_ = std::move(report);
  wait();
}

void poller::wait() {
  descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (error)
                             return;
                           wait();
                           handle_batch();
                         });
}

void poller::handle_batch() {
  std::array<epoll_event, batch_size> ready;
  const int n = ::epoll_wait(epoll_fd_, ready.data(), batch_size, 0);
  in_batch_ = true;
  for (int i = 0; i < n; ++i) {
    auto* x = static_cast<pollable*>(ready[static_cast<size_t>(i)].data.ptr);
    const bool dead = std::any_of(forgotten_.begin(), forgotten_.end(), [x](auto& y) { return y.first == x; });
    if (!dead)
      guarded(
        *x, [&] { x->on_ready(ready[static_cast<size_t>(i)].events); }, report_);
  }
  in_batch_ = false;
  after_batch_();
  forgotten_.clear();
}

} // namespace bennu::engine
