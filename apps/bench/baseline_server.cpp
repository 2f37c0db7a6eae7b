#include "apps/bench/baseline_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/bench/client.hpp"
#include "apps/bench/message.hpp"

namespace bennu::bench {

namespace {

class baseline_connection;

/// What the connections of the baseline server share.
struct baseline_state {
  poller loop;
  std::unordered_map<std::string, std::vector<baseline_connection*>> topics;
  std::unordered_map<int, std::unique_ptr<baseline_connection>> connections; ///< by descriptor
  std::vector<int> closed; ///< erased from `connections` after the turn
};

/// One client of the baseline server.
class baseline_connection final : watcher {
public:
  baseline_connection(baseline_state& state, int fd);
  ~baseline_connection();
  baseline_connection(const baseline_connection&) = delete;
  baseline_connection& operator=(const baseline_connection&) = delete;

private:
  void ready(uint32_t epoll_events) override;
  void read();
  void upgrade();
  void take_frames(char* bytes, size_t size);
  void take(const message_view& message);
  void reply(const message_view& to, std::string_view response);
  void send(std::string_view wire); // now; what the kernel does not accept waits
  void send_waiting();
  void close();

  baseline_state& state_;
  int fd_;
  bool upgraded_ = false;
  bool closed_ = false;
  std::string in_;
  std::string waiting_;
  std::string topic_; // with its quotes; the benchmarks join one topic per connection
};

baseline_connection::baseline_connection(baseline_state& state, int fd) : state_(state), fd_(fd) {
  state_.loop.add(fd_, EPOLLIN, *this);
}

baseline_connection::~baseline_connection() {
  ::close(fd_);
}

void baseline_connection::close() {
  if (closed_)
    return;
  closed_ = true;
  state_.loop.remove(fd_, *this);
  state_.closed.push_back(fd_);
  if (auto i = state_.topics.find(topic_); i != state_.topics.end()) {
    std::erase(i->second, this);
    if (i->second.empty())
      state_.topics.erase(i);
  }
}

void baseline_connection::ready(uint32_t epoll_events) {
  if ((epoll_events & EPOLLOUT) != 0)
    send_waiting();
  if ((epoll_events & ~static_cast<uint32_t>(EPOLLOUT)) != 0)
    read();
}

void baseline_connection::read() {
  static std::array<char, 1 << 16> buffer;
  const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (size <= 0)
    return close();
  if (upgraded_ && in_.empty())
    return take_frames(buffer.data(), static_cast<size_t>(size));
  in_.append(buffer.data(), static_cast<size_t>(size));
  if (!upgraded_)
    return upgrade();
  auto bytes = std::move(in_);
  in_ = {};
  take_frames(bytes.data(), bytes.size());
}

void baseline_connection::upgrade() {
  constexpr std::string_view header = "Sec-WebSocket-Key: ";
  const auto end = in_.find("\r\n\r\n");
  if (end == std::string::npos)
    return;
  const auto at = in_.find(header);
  if (at == std::string::npos)
    return close();
  const auto begin = at + header.size();
  const auto key = in_.substr(begin, in_.find('\r', begin) - begin);
  upgraded_ = true;
  in_ = {};
  send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Accept: "
       + accept_of(key) + "\r\n\r\n");
}

void baseline_connection::take_frames(char* bytes, size_t size) {
  while (!closed_) {
    const auto frame = next_frame(bytes, size);
    if (!frame)
      break;
    const auto message = frame->opcode == text_frame ? cut(frame->payload) : std::nullopt;
    if (!message)
      return close();
    take(*message);
    bytes += frame->size;
    size -= frame->size;
  }
  if (size > 0)
    in_.assign(bytes, size);
}

void baseline_connection::take(const message_view& message) {
  if (message.event == "\"phx_join\"") {
    topic_ = message.topic;
    state_.topics[topic_].push_back(this);
    reply(message, "{}");
  } else if (message.event == "\"ping\"") {
    reply(message, message.payload);
  } else if (message.event == "\"pub\"") {
    std::string text = "[null,null,";
    text.append(message.topic).append(",\"msg\",").append(message.payload).append("]");
    std::string wire;
    append_unmasked(wire, text_frame, text);
    for (auto* subscriber : state_.topics[topic_])
      subscriber->send(wire);
  } else {
    close();
  }
}

void baseline_connection::reply(const message_view& to, std::string_view response) {
  std::string text = "[";
  text.append(to.join_ref).append(",").append(to.ref).append(",").append(to.topic);
  text.append(",\"phx_reply\",{\"response\":").append(response).append(",\"status\":\"ok\"}]");
  std::string wire;
  append_unmasked(wire, text_frame, text);
  send(wire);
}

void baseline_connection::send(std::string_view wire) {
  size_t sent = 0;
  if (waiting_.empty()) {
    const auto n = ::send(fd_, wire.data(), wire.size(), MSG_NOSIGNAL);
    sent = n < 0 ? 0 : static_cast<size_t>(n); // the next read notices a dead peer
  }
  if (sent == wire.size())
    return;
  if (waiting_.empty() && !closed_)
    state_.loop.change(fd_, EPOLLIN | EPOLLOUT, *this);
  waiting_ += wire.substr(sent);
}

void baseline_connection::send_waiting() {
  const auto n = ::send(fd_, waiting_.data(), waiting_.size(), MSG_NOSIGNAL);
  waiting_.erase(0, n < 0 ? 0 : static_cast<size_t>(n));
  if (waiting_.empty() && !closed_)
    state_.loop.change(fd_, EPOLLIN, *this);
}

volatile std::sig_atomic_t stop_wanted = 0;

/// Accepts the connections.
class baseline_listener final : watcher {
public:
  baseline_listener(baseline_state& state, uint16_t port)
    : state_(state), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd_, 4096) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot listen on 127.0.0.1:" + std::to_string(port));
    state_.loop.add(fd_, EPOLLIN, *this);
  }

  ~baseline_listener() { ::close(fd_); }
  baseline_listener(const baseline_listener&) = delete;
  baseline_listener& operator=(const baseline_listener&) = delete;

  int port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

private:
  void ready(uint32_t) override {
    int fd = 0;
    while ((fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      state_.connections[fd] = std::make_unique<baseline_connection>(state_, fd);
    }
  }

  baseline_state& state_;
  int fd_;
};

} // namespace

void run_baseline_server(uint16_t port) {
  for (const int signal : {SIGTERM, SIGINT})
    std::signal(signal, [](int) { stop_wanted = 1; });
  baseline_state state;
  const baseline_listener listener(state, port);
  std::printf("ready %d\n", listener.port());
  std::fflush(stdout);
  while (stop_wanted == 0) {
    state.loop.turn(std::chrono::seconds{1});
    for (const int fd : state.closed)
      state.connections.erase(fd);
    state.closed.clear();
  }
}

} // namespace bennu::bench
