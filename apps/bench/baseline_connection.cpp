#include "apps/bench/baseline_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

#include "apps/bench/framing.hpp"

namespace bennu::bench {

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
    sent = n < 0 ? 0 : static_cast<size_t>(n); // a dead peer shows itself at the next read
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

} // namespace bennu::bench
