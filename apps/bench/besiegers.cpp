#include "apps/bench/besiegers.hpp"

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/bench/client.hpp"
#include "apps/bench/message.hpp"

namespace bennu::bench {

namespace {

using clock = std::chrono::steady_clock;

// Few enough that no listen queue overflows.
constexpr size_t connects_per_turn = 3;

// Each client acts once per second. The turns spread the clients over the second.
constexpr std::chrono::milliseconds turn_time{1};
constexpr size_t turns_per_second = 1000;

// What a deaf client requests per second, and the size of its receive buffer.
constexpr size_t ping_bytes = 5'000;
constexpr int deaf_buffer = 4'096;

std::string request_of(malice kind) {
  const std::string head = "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (kind == malice::slow)
    return head + "X-Padding: " + std::string(10'000, 'x');
  if (kind == malice::silent)
    return {};
  return head
         + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

/// One hostile client.
class besieger final : watcher {
public:
  besieger(poller& loop, uint16_t port, malice kind, size_t number, std::atomic<size_t>& closed)
    : loop_(loop), port_(port), kind_(kind), host_(INADDR_LOOPBACK + 100 + static_cast<uint32_t>(number / 1000)),
      closed_(closed) {}
  ~besieger() { disconnect(); }

  bool is_connected() const noexcept { return fd_ >= 0; }
  clock::time_point reconnects_at() const noexcept { return reconnects_at_; }

  void connect() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in from{}, to{};
    from.sin_family = to.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(host_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port_);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (kind_ == malice::deaf)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &deaf_buffer, sizeof deaf_buffer);
    (void)::bind(fd_, reinterpret_cast<sockaddr*>(&from), sizeof from);
    (void)::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to);
    out_ = request_of(kind_);
    if (kind_ == malice::deaf)
      write("phx_join", "{}");
    loop_.add(fd_, EPOLLRDHUP, *this);
  }

  /// Acts as its kind does. Called once per second.
  void tick() {
    if (!is_connected())
      return;
    if (kind_ == malice::slow && !out_.empty())
      send(1);
    if (kind_ == malice::deaf && out_.empty())
      write("ping", '"' + std::string(ping_bytes, 'x') + '"');
    if (kind_ == malice::deaf)
      send(out_.size());
  }

private:
  void ready(uint32_t events) override {
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0)
      return;
    ++closed_;
    reconnects_at_ = clock::now() + std::chrono::seconds{1};
    disconnect();
  }

  void write(std::string_view event, std::string_view payload) {
    append_masked(out_, text_frame, write_message("1", "1", "bench:deaf", event, payload));
  }

  void send(size_t count) {
    if (const auto sent = ::send(fd_, out_.data(), count, MSG_NOSIGNAL | MSG_DONTWAIT); sent > 0)
      out_.erase(0, static_cast<size_t>(sent));
  }

  void disconnect() {
    if (fd_ < 0)
      return;
    loop_.remove(fd_, *this);
    ::close(fd_);
    fd_ = -1;
  }

  poller& loop_;
  uint16_t port_;
  malice kind_;
  uint32_t host_;
  std::atomic<size_t>& closed_;
  int fd_ = -1;
  std::string out_;
  clock::time_point reconnects_at_{};
};

} // namespace

besiegers::besiegers(uint16_t port, size_t of_each) : thread_([this, port, of_each] { run(port, of_each); }) {}

besiegers::~besiegers() {
  stop_ = true;
  thread_.join();
}

void besiegers::run(uint16_t port, size_t of_each) {
  // Real attackers use other machines. The lowest priority leaves the cores of this machine to the healthy clients.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
  poller loop;
  std::vector<std::unique_ptr<besieger>> all;
  for (const auto kind : all_malice)
    for (size_t i = 0; i < of_each; ++i)
      all.push_back(std::make_unique<besieger>(loop, port, kind, all.size(), closed_[static_cast<size_t>(kind)]));
  auto next_turn = clock::now();
  for (size_t turn = 0; !stop_;) {
    const auto now = clock::now();
    size_t connecting = 0;
    for (auto& x : all)
      if (!x->is_connected() && x->reconnects_at() <= now && connecting++ < connects_per_turn)
        x->connect();
    if (now >= next_turn) {
      next_turn = now + turn_time;
      ++turn;
      for (size_t i = turn % turns_per_second; i < all.size(); i += turns_per_second)
        all[i]->tick();
    }
    loop.turn(turn_time);
  }
}

} // namespace bennu::bench
