#include "transport/cluster/greeter.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/cluster/scribe.hpp"

namespace bennu::engine {

namespace {

using boost::asio::awaitable;
using boost::asio::use_awaitable;
using boost::asio::ip::tcp;

// How long to wait while another connection to the same node is being chosen.
constexpr auto choosing_pause = std::chrono::milliseconds{10};

/// Duplicates the descriptor of a socket, so that it can be cut while CAF's multiplexer owns the original.
class cutter {
public:
  explicit cutter(int socket) : fd_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {}
  ~cutter() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  cutter(const cutter&) = delete;
  cutter& operator=(const cutter&) = delete;

  void cut() const { ::shutdown(fd_, SHUT_RDWR); }

private:
  int fd_;
};

} // namespace

cluster_greeter::cluster_greeter(greeter_host& gate, tcp::socket socket, bool dials)
  : gate_(gate), socket_(std::move(socket)), deadline_(gate_.loop()), pause_(gate_.loop()), dials_(dials) {
  gate_.count_pending(+1);
}

cluster_greeter::~cluster_greeter() {
  gate_.count_pending(-1);
}

awaitable<dial_outcome> cluster_greeter::run(std::optional<tcp::endpoint> target) {
  dial_outcome result;
  try {
    keep_deadline();
    co_await greet(target);
    result.what = dial_outcome::kind::connected;
  } catch (const ended& x) {
    result.what = x.what;
    result.why = x.why;
  } catch (const std::exception& x) {
    result.why = closed_because_.empty() ? x.what() : closed_because_;
  }
  if (is_choosing_)
    gate_.admission().end(peer_.name);
  if (held_ != 0)
    gate_.admission().gone(peer_.name, held_);
  deadline_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
  result.name = peer_.name;
  report(result);
  co_return result;
}

// An address without a listener is not a refusal; a connection that ends because of a certificate is.
void cluster_greeter::report(const dial_outcome& outcome) {
  using kind = dial_outcome::kind;
  const bool is_failure = outcome.what == kind::failed && (!dials_ || is_certificate_refused_);
  if (outcome.what == kind::refused || is_failure)
    gate_.refused({.address = address_, .name = outcome.name, .why = outcome.why});
}

void cluster_greeter::close() {
  closed_because_ = "pushed out by newer ones";
  boost::system::error_code ignored;
  socket_.close(ignored);
  pause_.cancel();
}

// The timer may outlive this object by one turn and keeps nothing alive.
void cluster_greeter::keep_deadline() {
  deadline_.expires_after(gate_.options().handshake_timeout);
  deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    auto self = weak.lock();
    if (error || !self)
      return;
    self->closed_because_ = "silent for too long";
    boost::system::error_code ignored;
    self->socket_.close(ignored);
    self->pause_.cancel();
  });
}

awaitable<void> cluster_greeter::greet(std::optional<tcp::endpoint> target) {
  if (target)
    co_await connect(*target);
  address_ = socket_.remote_endpoint().address().to_string();
  socket_.non_blocking(true);
  socket_.set_option(tcp::no_delay{true});
  if (gate_.tls())
    co_await shake_hands();
  co_await meet();
  hand_over();
}

awaitable<void> cluster_greeter::connect(tcp::endpoint target) {
  address_ = target.address().to_string();
  co_await socket_.async_connect(target, use_awaitable);
}

awaitable<void> cluster_greeter::shake_hands() {
  tls_ = make_cluster_session(gate_.tls(), socket_.native_handle(), dials_);
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1)
      co_return;
    co_await wait_for(SSL_get_error(tls_.get(), result));
  }
}

awaitable<void> cluster_greeter::wait_for(int tls_error) {
  if (tls_error == SSL_ERROR_WANT_READ)
    co_await socket_.async_wait(tcp::socket::wait_read, use_awaitable);
  else if (tls_error == SSL_ERROR_WANT_WRITE)
    co_await socket_.async_wait(tcp::socket::wait_write, use_awaitable);
  else
    throw ended{dial_outcome::kind::failed, reason()};
}

std::string cluster_greeter::reason() {
  const auto verdict = tls_ ? SSL_get_verify_result(tls_.get()) : X509_V_OK;
  auto text = last_tls_error();
  is_certificate_refused_ = verdict != X509_V_OK || text.find("alert certificate") != text.npos
                            || text.find("alert unknown ca") != text.npos
                            || text.find("alert bad certificate") != text.npos;
  if (verdict != X509_V_OK)
    return std::string{"its certificate: "} + X509_verify_cert_error_string(verdict);
  if (is_certificate_refused_)
    return "it refuses this node's certificate: " + text;
  return text.empty() ? "the connection was closed" : "TLS: " + text;
}

awaitable<void> cluster_greeter::meet() {
  auto& admission = gate_.admission();
  const auto own = admission.hello();
  co_await write(own);
  const auto hello = co_await read();
  if (hello.kind == greeting_kind::refuse)
    throw ended{dial_outcome::kind::refused, "the other side: " + hello.why};
  if (admission.is_self(hello))
    throw ended{dial_outcome::kind::self, {}};
  peer_ = hello.who;
  if (tls_ && !is_certified_as(tls_.get(), peer_.name))
    co_await refuse("its certificate is made out to another name");
  if (auto why = admission.refusal(hello))
    co_await refuse(*why);
  protocol_ = common_protocol(hello.protocols, spoken_protocols).value_or(0);
  if (admission.leads(peer_.name))
    co_await lead();
  else
    co_await follow();
}

// One connection after the other, on both sides: only the leading side waits for its turn.
awaitable<void> cluster_greeter::choose() {
  while (!gate_.admission().begin(peer_.name)) {
    pause_.expires_after(choosing_pause);
    boost::system::error_code ignored;
    co_await pause_.async_wait(boost::asio::redirect_error(use_awaitable, ignored));
    if (!socket_.is_open())
      throw ended{dial_outcome::kind::failed, closed_because_};
  }
  is_choosing_ = true;
}

awaitable<void> cluster_greeter::lead() {
  co_await choose();
  if (auto why = gate_.admission().refusal(peer_)) // another node may have taken the name meanwhile
    co_await refuse(*why);
  const greeting offer{.kind = greeting_kind::offer, .yes = gate_.admission().has(peer_.name)};
  co_await write(offer);
  const auto answer = co_await read();
  if (answer.kind == greeting_kind::refuse)
    throw ended{dial_outcome::kind::refused, "the other side: " + answer.why};
  if (answer.kind != greeting_kind::answer || !answer.yes)
    throw ended{dial_outcome::kind::present, {}};
  hold();
}

awaitable<void> cluster_greeter::follow() {
  const auto offer = co_await read();
  if (offer.kind == greeting_kind::refuse)
    throw ended{dial_outcome::kind::refused, "the other side: " + offer.why};
  if (auto why = gate_.admission().refusal(peer_))
    co_await refuse(*why);
  const bool is_double = offer.yes && gate_.admission().has(peer_.name);
  if (!is_double)
    hold(); // before the other side can offer the next one
  const greeting answer{.kind = greeting_kind::answer, .yes = !is_double};
  co_await write(answer);
  if (is_double)
    throw ended{dial_outcome::kind::present, {}};
}

awaitable<void> cluster_greeter::refuse(std::string why) {
  const greeting refusal{.kind = greeting_kind::refuse, .why = why};
  co_await write(refusal);
  throw ended{dial_outcome::kind::refused, why};
}

awaitable<void> cluster_greeter::write(const greeting& what) {
  const auto bytes = encode(what);
  size_t done = 0;
  while (done < bytes.size()) {
    if (!tls_) {
      done +=
        co_await socket_.async_write_some(boost::asio::buffer(bytes.data() + done, bytes.size() - done), use_awaitable);
      continue;
    }
    ERR_clear_error();
    size_t n = 0;
    if (SSL_write_ex(tls_.get(), bytes.data() + done, bytes.size() - done, &n) == 1)
      done += n;
    else
      co_await wait_for(SSL_get_error(tls_.get(), 0));
  }
}

// Additional fields of a later release are skipped; the deadline bounds how many.
awaitable<greeting> cluster_greeter::read() {
  for (;;) {
    std::string head(greeting_head_size, '\0');
    co_await read_exactly(head.data(), head.size());
    const auto size = greeting_size(head);
    if (!size)
      throw ended{dial_outcome::kind::failed, "it does not greet as a node does"};
    std::string body(*size, '\0');
    co_await read_exactly(body.data(), body.size());
    auto result = decode_greeting(head, body);
    if (!result)
      throw ended{dial_outcome::kind::failed, "it does not greet as a node does"};
    if (is_known(result->kind))
      co_return std::move(*result);
  }
}

// Reads not a byte more than necessary, because everything after it belongs to CAF.
awaitable<void> cluster_greeter::read_exactly(char* to, size_t size) {
  size_t done = 0;
  while (done < size) {
    if (!tls_) {
      done += co_await socket_.async_read_some(boost::asio::buffer(to + done, size - done), use_awaitable);
      continue;
    }
    ERR_clear_error();
    size_t n = 0;
    if (SSL_read_ex(tls_.get(), to + done, size - done, &n) == 1)
      done += n;
    else
      co_await wait_for(SSL_get_error(tls_.get(), 0));
  }
}

void cluster_greeter::hold() {
  held_ = gate_.next_connection();
  gate_.admission().hold(peer_, held_);
}

void cluster_greeter::hand_over() {
  deadline_.cancel();
  auto connection = std::make_shared<link_connection>();
  connection->id = std::exchange(held_, 0);
  connection->who = peer_;
  connection->dialled = dials_;
  connection->address = address_;
  const auto cut = std::make_shared<cutter>(socket_.native_handle());
  connection->shut = [cut] { cut->cut(); };
  connection->protocol = protocol_;
  connection->scribe = make_cluster_scribe(gate_.system(), socket_.release(), std::move(tls_),
                                           gate_.when_gone(peer_.name, connection->id));
  gate_.opened(std::move(connection));
}

} // namespace bennu::engine
