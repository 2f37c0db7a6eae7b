#include "apps/bench/siege/attacker.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/bench/message.hpp"

namespace bennu::bench {

namespace {

// The hostile clients come from so many addresses, as those of a small botnet do.
constexpr uint32_t addresses = 16;
constexpr uint32_t first_address = INADDR_LOOPBACK + 100;

constexpr int small_buffer = 4'096;

} // namespace

attacker::attacker(poller& loop, const battlefield& field, size_t number, attack_count& count)
  : loop_(loop), field_(field), number_(number), count_(count) {}

attacker::~attacker() {
  disconnect();
}

void attacker::connect() {
  sockaddr_in from{}, to{};
  from.sin_family = to.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(first_address + static_cast<uint32_t>(number_ % addresses));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port());
  reconnects_at_ = std::chrono::steady_clock::now() + std::chrono::seconds{1};
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0)
    return;
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (!reads())
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &small_buffer, sizeof small_buffer);
  (void)::bind(fd_, reinterpret_cast<sockaddr*>(&from), sizeof from);
  (void)::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to);
  out_ = opening();
  ++count_.connects;
  loop_.add(fd_, EPOLLRDHUP | EPOLLOUT | (reads() ? uint32_t{EPOLLIN} : 0U), *this);
}

void attacker::tick() {
  if (!is_connected())
    return;
  if (out_.empty())
    act();
  if (is_connected())
    send(bytes_per_second());
}

void attacker::send(size_t limit) {
  const auto count = std::min(limit, out_.size());
  if (const auto sent = ::send(fd_, out_.data(), count, MSG_NOSIGNAL | MSG_DONTWAIT); sent > 0)
    out_.erase(0, static_cast<size_t>(sent));
}

size_t attacker::send_filling(size_t count) {
  static const std::string filling(size_t{1} << 20, 'x');
  const auto sent = ::send(fd_, filling.data(), std::min(count, filling.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<size_t>(sent) : 0;
}

void attacker::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  disconnect();
  reconnects_at_ = std::chrono::steady_clock::now() + absence();
}

void attacker::ready(uint32_t events) {
  if ((events & EPOLLOUT) != 0) { // connected
    loop_.change(fd_, EPOLLRDHUP | (reads() ? uint32_t{EPOLLIN} : 0U), *this);
    send(bytes_per_second());
  }
  if (reads() && (events & EPOLLIN) != 0) {
    static std::array<char, 1 << 16> buffer;
    if (const auto size = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT); size > 0)
      received({buffer.data(), static_cast<size_t>(size)});
  }
  if (!is_connected() || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0)
    return;
  ++count_.closed;
  disconnect();
  reconnects_at_ = std::chrono::steady_clock::now() + absence();
}

void attacker::disconnect() {
  if (fd_ < 0)
    return;
  loop_.remove(fd_, *this);
  ::close(fd_);
  fd_ = -1;
  out_.clear();
}

std::string websocket_attacker::target() const {
  const std::string path = "/socket/websocket?vsn=2.0.0";
  return field().is_chat() ? path + "&token=" + token() : path;
}

std::string websocket_attacker::topic() const {
  return field().is_chat() ? field().topics[number() % field().topics.size()]
                           : "bench:hostile-" + std::to_string(number());
}

std::string websocket_attacker::opening() {
  next_ref_ = 2;
  auto result = upgrade_request(target());
  append_masked(result, text_frame, write_message("1", "1", topic(), "phx_join", join_payload()));
  return result;
}

void websocket_attacker::push(std::string_view event, std::string_view payload) {
  std::string frame;
  append_masked(frame, text_frame, write_message("1", std::to_string(next_ref_++), topic(), event, payload));
  write(frame);
}

} // namespace bennu::bench
