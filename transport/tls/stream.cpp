#include "transport/tls/context.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace bennu::engine {

namespace {

// The plain bytes of one record (RFC 8446 §5.1), which is one write.
constexpr size_t max_record_bytes = 16 << 10;

// OpenSSL reads from the socket and writes into memory. So OpenSSL never waits for the socket to become writable.
// What the kernel does not accept is ciphertext that is kept here, and the caller need not pass the same plain bytes
// again.
class tls_stream final : public stream {
public:
  tls_stream(SSL_CTX& context, int fd) : socket_(make_socket_stream(fd)), ssl_(SSL_new(&context)) {
    if (ssl_ == nullptr)
      return;
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_, BIO_new_socket(fd, BIO_NOCLOSE), out_);
    SSL_set_accept_state(ssl_);
  }

  ~tls_stream() override { SSL_free(ssl_); }

  ssize_t read(std::span<char> into) override {
    if (ssl_ == nullptr)
      return broken();
    ERR_clear_error();
    errno = 0;
    const int n = SSL_read(ssl_, into.data(), static_cast<int>(into.size()));
    const int why = SSL_get_error(ssl_, n);
    const int reason = errno;
    if (!flush())
      return -1;
    if (n > 0)
      return n;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
      errno = EAGAIN;
      return -1;
    }
    if (why == SSL_ERROR_ZERO_RETURN)
      return 0;
    failed_ = true;
    // An end without close_notify may be an attacker's (RFC 8446 §6.1). For the layers above it makes no difference.
    return why == SSL_ERROR_SYSCALL && reason == 0 ? 0 : broken(reason);
  }

  ssize_t write(std::span<const iovec> from) override {
    if (ssl_ == nullptr || failed_)
      return broken();
    if (!flush())
      return -1;
    if (unsent()) {
      errno = EAGAIN;
      return -1;
    }
    std::array<char, max_record_bytes> record;
    const auto size = gather(from, record);
    if (size == 0)
      return 0;
    ERR_clear_error();
    const int n = SSL_write(ssl_, record.data(), static_cast<int>(size));
    if (n > 0)
      return flush() ? n : -1;
    if (SSL_get_error(ssl_, n) == SSL_ERROR_WANT_READ) { // its handshake is not complete
      errno = EAGAIN;
      return -1;
    }
    failed_ = true;
    return broken();
  }

  bool unsent() const noexcept override { return !pending_.empty(); }

  bool flush() override {
    char* bytes = nullptr;
    if (const auto size = BIO_get_mem_data(out_, &bytes); size > 0) {
      pending_.append(bytes, static_cast<size_t>(size));
      (void)BIO_reset(out_);
    }
    while (!pending_.empty()) {
      const iovec part{pending_.data(), pending_.size()};
      const auto n = socket_->write({&part, 1});
      if (n < 0)
        return errno == EAGAIN || errno == EINTR;
      if (static_cast<size_t>(n) == pending_.size())
        std::string{}.swap(pending_); // an idle connection holds no memory
      else
        pending_.erase(0, static_cast<size_t>(n));
    }
    return true;
  }

  bool secure() const noexcept override { return true; }

  void shutdown_write() noexcept override {
    if (ssl_ != nullptr && !failed_ && SSL_is_init_finished(ssl_) == 1) {
      ERR_clear_error();
      SSL_shutdown(ssl_);
      flush();
    }
    if (!unsent())
      socket_->shutdown_write();
  }

  int descriptor() const noexcept override { return socket_->descriptor(); }

private:
  static ssize_t broken(int reason = ECONNABORTED) {
    errno = reason != 0 && reason != EAGAIN ? reason : ECONNABORTED;
    return -1;
  }

  static size_t gather(std::span<const iovec> from, std::array<char, max_record_bytes>& into) {
    size_t size = 0;
    for (const auto& part : from) {
      const auto n = std::min(part.iov_len, into.size() - size);
      std::memcpy(into.data() + size, part.iov_base, n);
      size += n;
    }
    return size;
  }

  std::unique_ptr<stream> socket_;
  SSL* ssl_;
  BIO* out_ = nullptr; ///< owned by ssl_
  std::string pending_;
  bool failed_ = false;
};

} // namespace

std::unique_ptr<stream> make_tls_stream(SSL_CTX& context, int fd) {
  return std::make_unique<tls_stream>(context, fd);
}

} // namespace bennu::engine
