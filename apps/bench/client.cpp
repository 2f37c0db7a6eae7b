#include "apps/bench/client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "apps/bench/message.hpp"

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

namespace {

sockaddr_in address_of(uint32_t host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(host);
  return address;
}

int connect_from(uint32_t source, uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    throw std::system_error(errno, std::generic_category(), "socket");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto from = address_of(source, 0);
  const auto to = address_of(INADDR_LOOPBACK, port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0
      || (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)) {
    const int error = errno;
    ::close(fd);
    throw std::system_error(error, std::generic_category(), "connect");
  }
  return fd;
}

} // namespace

client::client(poller& loop, uint16_t port, uint32_t number, client_events& events, std::string target)
  : loop_(loop), events_(&events), number_(number), target_(std::move(target)),
    fd_(connect_from(INADDR_LOOPBACK + 1 + number / 1000, port)) {
  loop_.add(fd_, EPOLLOUT, *this);
}

client::~client() {
  loop_.remove(fd_, *this);
  ::close(fd_);
}

void client::fail(const std::string& why) const {
  throw std::runtime_error("client " + std::to_string(number_) + ": " + why);
}

void client::write(std::string_view text) {
  append_masked(out_, text_frame, text);
}

void client::flush() {
  while (!out_.empty()) {
    const auto sent = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
      fail(std::string{"send: "} + std::strerror(errno));
    if (sent < 0 && errno == EAGAIN)
      break;
    if (sent > 0)
      out_.erase(0, static_cast<size_t>(sent));
  }
  if (is_congested_ == out_.empty()) {
    is_congested_ = !out_.empty();
    loop_.change(fd_, is_congested_ ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
  }
}

void client::ready(uint32_t epoll_events) {
  if (!connected_)
    return begin_upgrade();
  if ((epoll_events & EPOLLOUT) != 0)
    flush();
  if ((epoll_events & ~static_cast<uint32_t>(EPOLLOUT)) != 0)
    read();
}

void client::begin_upgrade() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0)
    fail(std::string{"connect: "} + std::strerror(error));
  connected_ = true;
  loop_.change(fd_, EPOLLIN, *this);
  out_ = upgrade_request(target_);
  flush();
}

void client::read() {
  // All clients share one buffer. Frames that arrive complete are read in place, without a copy.
  static std::array<char, 1 << 18> buffer;
  const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size == 0)
    fail("the server closed the connection");
  if (size < 0) {
    if (errno == EAGAIN || errno == EINTR)
      return;
    fail(std::string{"recv: "} + std::strerror(errno));
  }
  if (upgraded_ && in_.empty())
    return take_frames(buffer.data(), static_cast<size_t>(size));
  in_.append(buffer.data(), static_cast<size_t>(size));
  if (!upgraded_)
    return take_upgrade_response();
  auto bytes = std::move(in_);
  in_.clear();
  take_frames(bytes.data(), bytes.size());
}

void client::take_upgrade_response() {
  const auto end = in_.find("\r\n\r\n");
  if (end == std::string::npos)
    return;
  if (!in_.starts_with("HTTP/1.1 101"))
    fail("the server answered the upgrade with " + in_.substr(0, in_.find('\r')));
  upgraded_ = true;
  auto rest = in_.substr(end + 4);
  in_ = {};
  events_->opened(*this);
  take_frames(rest.data(), rest.size());
}

void client::take_frames(char* bytes, size_t size) {
  const auto when = std::chrono::steady_clock::now();
  while (const auto frame = next_frame(bytes, size)) {
    take_frame(frame->opcode, frame->payload, when);
    bytes += frame->size;
    size -= frame->size;
  }
  if (size > 0)
    in_.assign(bytes, size);
}

void client::take_frame(unsigned opcode, std::string_view payload, time_point when) {
  if (opcode == ping_frame) {
    append_masked(out_, pong_frame, payload);
    return flush();
  }
  if (opcode != text_frame)
    fail("the server sent a frame with opcode " + std::to_string(opcode));
  const auto message = cut(payload);
  if (!message)
    fail("the server sent something else than a message: " + std::string{payload});
  events_->received(*this, *message, when);
}

} // namespace bennu::bench
