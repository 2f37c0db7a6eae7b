#include "transport/http/connection.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <string>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "actors/client/connection.hpp"
#include "transport/http/peer_address.hpp"
#include "transport/http/reader.hpp"
#include "transport/http/writer.hpp"
#include "transport/io/reports.hpp"
#include "transport/websocket/session.hpp"

namespace bennu::engine {

namespace {

// One HTTP connection; see `serve_http`. The poller keeps it alive, and so does whoever has to answer.
class http_connection final : public caf::ref_counted, public pollable, private idle_node {
public:
  http_connection(const http_service& service, const longpoll& polls, unit_sockets& home,
                  std::unique_ptr<stream> socket, connection_slot slot)
    : service_(service), polls_(polls), home_(home), slot_(std::move(slot)), socket_(std::move(socket)),
      reader_(service.options.max_header_bytes, service.options.max_body_bytes) {}

  void start() {
    interest_ = EPOLLIN;
    watched_ = home_.unit().sockets().watch(socket_->descriptor(), interest_, *this);
    if (!watched_)
      return hang_up();
    await_request();
  }

  // -- pollable ---------------------------------------------------------------

  void on_ready(uint32_t events) override {
    caf::intrusive_ptr<http_connection> alive{this};
    if ((events & EPOLLOUT) != 0) {
      if (!socket_->flush())
        return lose();
      if (state_ == state::writing)
        write_some();
    }
    if (state_ == state::reading && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
      read_some();
    else if (state_ == state::lingering)
      discard_some();
    else if (state_ != state::gone && (events & (EPOLLHUP | EPOLLERR)) != 0)
      lose();
    update_interest();
  }

  void flush() override {}
  caf::ref_counted& counted() noexcept override { return *this; }

private:
  enum class state : uint8_t { reading, serving, writing, lingering, gone };

  // -- time -------------------------------------------------------------------

  // A kept-alive connection may be silent; to begin a request, or to take an answer, and not to go on is a limit of ours.
  void on_idle() override {
    if (state_ == state::lingering)
      return hang_up();
    if (reader_.in_request() || state_ == state::writing || !answered_)
      limit_hit(home_.services().shared.system, "request");
    if (state_ == state::writing)
      socket_->forsake();
    lose();
  }

  void on_shutdown() override { lose(); }

  void await_request() {
    state_ = state::reading;
    home_.requests().touch(*this, std::chrono::steady_clock::now());
    update_interest();
  }

  // -- reading ----------------------------------------------------------------

  void read_some() {
    auto& buffer = home_.unit().read_buffer();
    const auto n = socket_->read(buffer);
    if (n > 0) {
      reader_.feed({buffer.data(), static_cast<size_t>(n)});
      return handle_requests();
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    const bool broken = n < 0 && (errno == ECONNRESET || errno == EPIPE);
    if (auto tell = std::exchange(on_outcome_, nullptr); tell && broken)
      tell(false);
    hang_up();
  }

  // Requests that were sent without waiting for answers are answered in their order: the next is read when the former is written.
  void handle_requests() {
    if (std::exchange(handling_, true))
      return;
    caf::intrusive_ptr<http_connection> alive{this};
    while (state_ == state::reading) {
      auto next = reader_.next();
      if (auto* request = std::get_if<http_request>(&next))
        handle(std::move(*request));
      else if (auto* bad = std::get_if<bad_request>(&next))
        refuse(*bad);
      else
        break;
    }
    if (state_ == state::reading && reader_.take_expectation())
      tell_to_go_on();
    handling_ = false;
    update_interest();
  }

  // Nothing else waits to be sent now. A client that does not hear it goes on by itself, a little later.
  void tell_to_go_on() {
    std::string text = "HTTP/1.1 100 Continue\r\n\r\n";
    std::array<iovec, 1> parts = {{{text.data(), text.size()}}};
    socket_->write(parts);
  }

  void handle(http_request request) {
    on_outcome_ = nullptr;
    keep_alive_ = reader_.keep_alive();
    head_only_ = request.method == "HEAD";
    request.peer_address = peer_address_of(socket_->descriptor());
    request.scheme = socket_->secure() ? "https" : "http";
    request.is_old = reader_.is_old();
    service_.proxies.resolve(request);
    if (auto* endpoint = service_.websocket_at(request.path))
      return open_websocket(*endpoint, request);
    if (auto* endpoint = service_.longpoll_at(request.path))
      return serve([&](http_reply reply) { polls_.serve(home_, *endpoint, std::move(request), std::move(reply)); });
    serve([&](http_reply reply) { service_.serve(std::move(request), std::move(reply)); });
  }

  void refuse(const bad_request& x) {
    keep_alive_ = head_only_ = false;
    refused_ = true;
    const bool as_phoenix = x.status == 413 && service_.longpoll_at(x.path) != nullptr;
    respond(http_response::text(as_phoenix ? 400 : x.status, x.text));
  }

  // -- ordinary requests ------------------------------------------------------

  // Answers at most once, from any thread; answers 500 when nobody did.
  struct pending_reply {
    explicit pending_reply(http_connection& x) : to(&x) {}
    ~pending_reply() { answer(http_response::text(500, "Internal Server Error\n")); }

    void answer(http_response response) {
      if (answered.exchange(true))
        return;
      auto& unit = to->home_.unit();
      unit.post([target = std::move(to), answer = std::make_shared<http_response>(std::move(response))] {
        if (target->state_ == state::serving)
          target->respond(std::move(*answer));
        else if (answer->on_outcome)
          answer->on_outcome(false);
      });
    }

    caf::intrusive_ptr<http_connection> to;
    std::atomic<bool> answered{false};
  };

  template <class F>
  void serve(F by) {
    state_ = state::serving;
    home_.waiting().touch(*this, {});
    auto pending = std::make_shared<pending_reply>(*this);
    try {
      by([pending](http_response x) { pending->answer(std::move(x)); });
    } catch (const std::exception& x) {
      report_handler_exception(home_.services().shared.system, x.what());
    }
  }

  // -- writing ----------------------------------------------------------------

  void respond(http_response from) {
    on_outcome_ = std::move(from.on_outcome);
    if (on_outcome_ && peer_hung_up())
      return lose();
    keep_alive_ = keep_alive_ && from.status >= 200 && !from.closes;
    if (keep_alive_ && reader_.is_old())
      from.headers.emplace_back("Connection", "keep-alive");
    if (from.status < 200 || from.status == 204 || from.status == 304)
      from.body.clear();                                                     // these have none (RFC 9110 §15)
    auto head = http_head(from, from.body.size(), keep_alive_, http_date()); // before the body is moved away
    write(std::move(head), head_only_ ? std::string{} : std::move(from.body));
  }

  void write(std::string head, std::string body) {
    writer_.begin(std::move(head), std::move(body));
    state_ = state::writing;
    home_.requests().touch(*this, std::chrono::steady_clock::now());
    write_some();
    update_interest();
  }

  void write_some() {
    switch (writer_.write_to(*socket_)) {
      case http_writer::progress::done:
        return finish_answer();
      case http_writer::progress::waits_for_room:
        return;
      case http_writer::progress::broken:
        return lose();
    }
  }

  void finish_answer() {
    answered_ = true;
    if (opening_)
      return become_websocket();
    if (on_outcome_)
      on_outcome_(true);
    if (!keep_alive_)
      return refused_ ? linger() : hang_up();
    await_request();
    handle_requests();
  }

  // A client that closed its socket while its answer was made will never read it.
  // What it sent before that is kept for later: behind it, and within TLS, the end cannot be seen otherwise.
  bool peer_hung_up() {
    auto& buffer = home_.unit().read_buffer();
    ssize_t n = 0;
    for (int reads = 0; reads < 4 && (n = socket_->read(buffer)) > 0; ++reads)
      reader_.feed({buffer.data(), static_cast<size_t>(n)});
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
  }

  // -- WebSocket --------------------------------------------------------------

  void open_websocket(const endpoint& at, const http_request& request) {
    auto result = service_.let_in(at, request);
    if (auto* refused = std::get_if<http_response>(&result))
      return respond(std::move(*refused));
    opening_ = std::make_unique<upgrade>(std::move(std::get<upgrade>(result)));
    write(http_head({101, opening_->headers, {}}, 0, true), {});
  }

  void become_websocket() {
    state_ = state::gone;
    leave_lists();
    auto session = caf::make_counted<websocket_session>(home_, *opening_->via, std::move(socket_), std::move(slot_),
                                                        opening_->window_bits);
    auto client = caf::make_counted<connection>(*opening_->via, home_.services(), session, *opening_->format,
                                                std::move(opening_->user), std::move(opening_->id));
    client->start(opening_->terms);
    session->start(std::move(client), reader_.take_rest());
  }

  // -- end --------------------------------------------------------------------

  // A client that is still sending what was refused does not look at the answer before it is done, and loses it when the connection is
  // reset meanwhile (RFC 9112 §9.6).
  void linger() {
    state_ = state::lingering;
    socket_->shutdown_write();
    home_.requests().touch(*this, std::chrono::steady_clock::now());
    update_interest();
  }

  void discard_some() {
    const auto n = socket_->read(home_.unit().read_buffer());
    discarded_ += static_cast<uint64_t>(std::max<ssize_t>(n, 0));
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || discarded_ > 2 * service_.options.max_body_bytes)
      hang_up();
  }

  void update_interest() {
    if (state_ == state::gone)
      return;
    const bool waits_for_room = state_ == state::writing || socket_->unsent();
    const bool reads = state_ == state::reading || state_ == state::lingering;
    const auto wanted =
      (reads ? static_cast<uint32_t>(EPOLLIN) : 0U) | (waits_for_room ? static_cast<uint32_t>(EPOLLOUT) : 0U);
    if (wanted != std::exchange(interest_, wanted))
      home_.unit().sockets().change(socket_->descriptor(), wanted, *this);
  }

  void leave_lists() {
    unlink();
    if (std::exchange(watched_, false))
      home_.unit().sockets().forget(socket_->descriptor(), *this);
  }

  void lose() {
    if (auto tell = std::exchange(on_outcome_, nullptr))
      tell(false);
    hang_up();
  }

  void hang_up() {
    if (std::exchange(state_, state::gone) == state::gone)
      return;
    caf::intrusive_ptr<http_connection> alive{this};
    leave_lists();
    socket_->shutdown_write();
    socket_.reset();
    slot_.release();
  }

  const http_service& service_;
  const longpoll& polls_;
  unit_sockets& home_;
  connection_slot slot_;
  std::unique_ptr<stream> socket_;
  http_reader reader_;
  http_writer writer_;
  std::unique_ptr<upgrade> opening_;
  std::function<void(bool)> on_outcome_; ///< of the response that was sent last
  uint32_t interest_ = 0;
  state state_ = state::reading;
  bool watched_ = false;
  bool handling_ = false;
  bool keep_alive_ = false;
  bool head_only_ = false;
  bool refused_ = false;
  uint64_t discarded_ = 0; ///< bytes of what was refused
  bool answered_ = false;  ///< at least once
};

} // namespace

void serve_http(const http_service& service, const longpoll& polls, unit_sockets& home, std::unique_ptr<stream> socket,
                connection_slot slot) {
  caf::make_counted<http_connection>(service, polls, home, std::move(socket), std::move(slot))->start();
}

} // namespace bennu::engine
