#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/cluster/greeting.hpp"
#include "transport/cluster/tls.hpp"

namespace bennu::test {

using namespace engine;

/// A hostile client at the cluster port of a node.
class stranger {
public:
  explicit stranger(const std::string& address) {
    const auto [host, port] = split_address(address);
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(port)));
    ::inet_pton(AF_INET, host.c_str(), &to.sin_addr);
    is_connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~stranger() {
    session_.reset();
    ::close(fd_);
  }
  stranger(const stranger&) = delete;
  stranger& operator=(const stranger&) = delete;

  bool is_connected() const { return is_connected_; }

  void say(std::string_view bytes) {
    if (session_)
      SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
    else
      (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  /// Starts TLS with these options. @returns whether this side considers it successful
  bool shake_hands(const ssl_context& context) {
    session_ = make_cluster_session(context, fd_, true);
    return SSL_do_handshake(session_.get()) == 1;
  }

  /// Reads a greeting. Its kind is `refuse` with the text "closed" when there is none.
  greeting hear() {
    std::string head(greeting_head_size, '\0');
    if (!read(head))
      return {.kind = greeting_kind::refuse, .why = "closed"};
    std::string body(greeting_size(head).value_or(0), '\0');
    if (!read(body))
      return {.kind = greeting_kind::refuse, .why = "closed"};
    return decode_greeting(head, body).value_or(greeting{.kind = greeting_kind::refuse, .why = "closed"});
  }

  /// Waits until the other side closes. @returns false when it sends more than `allowed` bytes, or does not close
  /// within a minute
  bool is_cut(size_t allowed) {
    pollfd waiting{fd_, POLLIN, 0};
    char buffer[4096];
    size_t heard = 0;
    while (::poll(&waiting, 1, 60'000) == 1) {
      const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0)
        return heard <= allowed;
      heard += static_cast<size_t>(n);
    }
    return false;
  }

private:
  bool read(std::string& into) {
    size_t done = 0;
    while (done < into.size()) {
      const auto n = session_ ? SSL_read(session_.get(), into.data() + done, static_cast<int>(into.size() - done))
                              : static_cast<int>(::recv(fd_, into.data() + done, into.size() - done, 0));
      if (n <= 0)
        return false;
      done += static_cast<size_t>(n);
    }
    return true;
  }

  int fd_ = -1;
  bool is_connected_ = false;
  ssl_ptr session_;
};

} // namespace bennu::test
