#include "apps/bench/poller.hpp"

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace bennu::bench {

namespace {

constexpr size_t max_events_a_turn = 1024;

void control(int epoll, int operation, int fd, uint32_t events, watcher& owner) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &owner;
  if (::epoll_ctl(epoll, operation, fd, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

} // namespace

poller::poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), batch_(max_events_a_turn) {
  if (epoll_ < 0)
    throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

poller::~poller() {
  ::close(epoll_);
}

void poller::add(int fd, uint32_t events, watcher& owner) {
  control(epoll_, EPOLL_CTL_ADD, fd, events, owner);
}

void poller::change(int fd, uint32_t events, watcher& owner) {
  control(epoll_, EPOLL_CTL_MOD, fd, events, owner);
}

void poller::remove(int fd, watcher& owner) {
  control(epoll_, EPOLL_CTL_DEL, fd, 0, owner);
  for (size_t i = 0; i < batch_size_; ++i)
    if (batch_[i].data.ptr == &owner)
      batch_[i].data.ptr = nullptr;
}

size_t poller::turn(std::chrono::milliseconds limit) {
  const int count =
    ::epoll_wait(epoll_, batch_.data(), static_cast<int>(batch_.size()), static_cast<int>(limit.count()));
  if (count < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "epoll_wait");
  batch_size_ = count < 0 ? 0 : static_cast<size_t>(count);
  for (size_t i = 0; i < batch_size_; ++i)
    if (auto* owner = static_cast<watcher*>(batch_[i].data.ptr))
      owner->ready(batch_[i].events);
  const auto called = batch_size_;
  batch_size_ = 0;
  return called;
}

} // namespace bennu::bench
