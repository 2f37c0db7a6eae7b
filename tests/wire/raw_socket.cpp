#include "tests/wire/raw_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace bennu::test {

namespace {

struct address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

address resolve(const place& at) {
  address result;
  if (!at.unix_path.empty()) {
    auto& to = reinterpret_cast<sockaddr_un&>(result.bytes);
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, at.unix_path.c_str(), sizeof to.sun_path - 1);
    result.size = sizeof to;
  } else if (auto& v6 = reinterpret_cast<sockaddr_in6&>(result.bytes);
             ::inet_pton(AF_INET6, at.host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(at.port);
    result.size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(result.bytes);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(at.port);
    ::inet_pton(AF_INET, at.host.c_str(), &v4.sin_addr);
    result.size = sizeof v4;
  }
  return result;
}

} // namespace

raw_socket::raw_socket(const place& at) : fd_(-1), tls_(nullptr, [](ssl_st* x) { SSL_free(x); }) {
  const auto to = resolve(at);
  fd_ = ::socket(to.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{15, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.bytes), to.size) != 0) {
    const int error = errno;
    ::close(fd_);
    throw std::system_error(error, std::generic_category(), "connect");
  }
  if (at.tls)
    begin_tls();
}

raw_socket::~raw_socket() {
  tls_.reset();
  ::close(fd_);
}

void raw_socket::reset_when_closed() {
  const linger none{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void raw_socket::say_goodbye() {
  SSL_shutdown(tls_.get());
}

void raw_socket::begin_tls() {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  tls_.reset(SSL_new(context.get()));
  SSL_set_fd(tls_.get(), fd_);
  if (SSL_connect(tls_.get()) == 1)
    return;
  tls_.reset();
  ::close(fd_);
  throw std::runtime_error("the TLS handshake failed");
}

std::string raw_socket::certificate_name() const {
  std::unique_ptr<X509, void (*)(X509*)> certificate{SSL_get1_peer_certificate(tls_.get()), X509_free};
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size());
  return name.data();
}

std::string raw_socket::tls_version() const {
  return SSL_get_version(tls_.get());
}

void raw_socket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      throw std::system_error(errno, std::generic_category(), "send");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

std::string raw_socket::read(size_t size) {
  while (in_.size() < size)
    read_more();
  auto result = in_.substr(0, size);
  in_.erase(0, size);
  return result;
}

std::string raw_socket::read_until(std::string_view mark) {
  while (in_.find(mark) == std::string::npos)
    read_more();
  return read(in_.find(mark) + mark.size());
}

void raw_socket::read_more() {
  std::array<char, 65536> buffer; // NOLINT: filled by recv
  const ssize_t size = tls_ ? SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()))
                            : ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size == 0 || (tls_ && SSL_get_error(tls_.get(), static_cast<int>(size)) == SSL_ERROR_ZERO_RETURN))
    throw std::runtime_error("the server ended the connection");
  if (size < 0)
    throw std::runtime_error(errno == EAGAIN ? "nothing came for fifteen seconds" : "the server broke the connection");
  in_.append(buffer.data(), static_cast<size_t>(size));
}

} // namespace bennu::test
