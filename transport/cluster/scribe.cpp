#include "transport/cluster/scribe.hpp"

#include <cerrno>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <openssl/err.h>
#include <sys/socket.h>

namespace bennu::engine {

namespace {

using caf::io::network::default_multiplexer;
using caf::io::network::native_socket;
using caf::io::network::rw_state;

// At most this much is written in one turn, in records of 16 KiB. Other connections wait for about a fifth of a
// millisecond.
constexpr size_t written_at_once = 256 << 10;

// OpenSSL reads this much in one call, instead of two calls per record.
constexpr size_t read_at_once = 64 << 10;

class stream_policy {
public:
  explicit stream_policy(ssl_ptr session) : session_(std::move(session)) {
    if (session_) {
      SSL_set_default_read_buffer_len(session_.get(), read_at_once);
      SSL_set_read_ahead(session_.get(), 1);
    }
  }

  rw_state read_some(size_t& n, native_socket socket, void* to, size_t size) {
    n = 0;
    if (!session_)
      return done(::recv(socket, to, size, MSG_DONTWAIT), n);
    ERR_clear_error();
    return SSL_read_ex(session_.get(), to, size, &n) == 1 ? rw_state::success : wait_or_fail();
  }

  rw_state write_some(size_t& n, native_socket socket, const void* from, size_t size) {
    n = 0;
    if (!session_)
      return done(::send(socket, from, size, MSG_DONTWAIT | MSG_NOSIGNAL), n);
    while (n < size && n < written_at_once) {
      ERR_clear_error();
      size_t written = 0;
      if (SSL_write_ex(session_.get(), static_cast<const char*>(from) + n, size - n, &written) != 1)
        return n > 0 ? rw_state::success : wait_or_fail();
      n += written;
    }
    return rw_state::success;
  }

  // The multiplexer does not notice bytes that OpenSSL has read already.
  bool must_read_more(native_socket, size_t) { return session_ && SSL_has_pending(session_.get()) == 1; }

private:
  static rw_state done(ssize_t result, size_t& n) {
    if (result > 0) {
      n = static_cast<size_t>(result);
      return rw_state::success;
    }
    return result < 0 && (errno == EAGAIN || errno == EINTR) ? rw_state::success : rw_state::failure;
  }

  rw_state wait_or_fail() {
    const int why = SSL_get_error(session_.get(), 0);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? rw_state::success : rw_state::failure;
  }

  ssl_ptr session_;
};

class cluster_scribe : public caf::io::scribe {
public:
  cluster_scribe(default_multiplexer& backend, native_socket socket, ssl_ptr session, std::function<void()> gone)
    : scribe(caf::io::network::conn_hdl_from_socket(socket)), stream_(backend, socket, std::move(session)),
      gone_(std::move(gone)) {}

  ~cluster_scribe() override { gone_(); }

  void configure_read(caf::io::receive_policy::config wanted) override {
    if (wanted.second > max_basp_payload) {
      ::shutdown(stream_.fd(), SHUT_RDWR);
      wanted.second = 1; // the next read will notice the end
    }
    stream_.configure_read(wanted);
    if (!std::exchange(is_started_, true))
      stream_.start(this);
  }

  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  std::vector<char>& wr_buf() override { return stream_.wr_buf(); }
  std::vector<char>& rd_buf() override { return stream_.rd_buf(); }

  void graceful_shutdown() override {
    stream_.graceful_shutdown();
    detach(&stream_.backend(), false);
  }

  void flush() override { stream_.flush(this); }
  std::string addr() const override { return {}; }
  uint16_t port() const override { return 0; }
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

private:
  caf::io::network::stream_impl<stream_policy> stream_;
  std::function<void()> gone_;
  bool is_started_ = false;
};

} // namespace

caf::io::scribe_ptr make_cluster_scribe(caf::actor_system& system, int socket, ssl_ptr session,
                                        std::function<void()> gone) {
  auto& backend = dynamic_cast<default_multiplexer&>(system.middleman().backend());
  return caf::make_counted<cluster_scribe>(backend, socket, std::move(session), std::move(gone));
}

} // namespace bennu::engine
