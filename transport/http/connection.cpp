#include "transport/http/connection.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "supervision/process/crash_report.hpp"
#include "transport/http/peer_address.hpp"
#include "transport/http/request_cycle.hpp"
#include "transport/http/service.hpp"
#include "transport/http/writer.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/unit_sockets.hpp"

namespace bennu::engine {

namespace {

// How far a client's later requests are read while an answer waits to be sent; see `peer_hung_up`.
constexpr size_t max_read_ahead = 64 << 10;

// To a client whose address has as much as it may have. Without a body where errors have no form of their own, since
// the official client reads one as JSON.
http_response too_many_requests(const http_error_form* form) {
  auto result = form != nullptr ? (*form)(429, "too many requests of this address") : http_response{.status = 429};
  result.headers.emplace_back("Retry-After", "1");
  return result;
}

request_cycle::limits limits_of(const server_options& x) {
  const auto keep_alive = std::chrono::duration_cast<std::chrono::seconds>(x.keep_alive_timeout);
  return {x.max_header_bytes, x.max_body_bytes, static_cast<unsigned>(keep_alive.count())};
}

// Carries out the tasks of its `request_cycle`. The poller and each pending reply keep it alive.
class http_connection final : public caf::ref_counted,
                              public pollable,
                              private idle_node,
                              private buffer_holder,
                              private request_gate {
public:
  http_connection(const http_site& from, unit_sockets& home, accepted_client client)
    : site_(from), home_(home), slot_(std::move(client.slot)), socket_(std::move(client.socket)),
      peer_address_(std::move(client.address)), is_proxy_(from.service().proxies.trusts(peer_address_)),
      cycle_(limits_of(from.service().options), *this) {
    count_for(slot_.of_address.of_key());
  }

  void start() {
    watched_ = home_.unit().sockets().watch(socket_->descriptor(), EPOLLIN, *this);
    interest_ = EPOLLIN;
    if (!watched_)
      return hang_up({});
    start_time();
  }

  // -- pollable ---------------------------------------------------------------

  void on_ready(uint32_t events) override {
    caf::intrusive_ptr<http_connection> alive{this};
    const bool broken = (events & (EPOLLHUP | EPOLLERR)) != 0;
    if ((events & EPOLLOUT) != 0) {
      if (!socket_->flush())
        cycle_.peer_ended();
      else if (cycle_.now() == phase::writing)
        write_some();
    }
    if (cycle_.wants_bytes() && (broken || (events & EPOLLIN) != 0))
      read_some();
    else if (broken)
      cycle_.peer_ended();
    carry_on();
  }

  void flush() override {}

  // Usually there was no memory for the request.
  void on_failure() override {
    cycle_.peer_ended();
    carry_on();
  }

  caf::ref_counted& counted() noexcept override { return *this; }

private:
  using phase = request_cycle::phase;

  // -- the cycle --------------------------------------------------------------

  void carry_on() {
    caf::intrusive_ptr<http_connection> alive{this};
    if (home_.is_draining() && !is_polling_)
      cycle_.drain();
    while (auto todo = cycle_.next())
      std::visit([this](auto& x) { carry_out(x); }, *todo);
    if (!socket_)
      return;
    if (cycle_.now() == phase::receiving)
      if (const auto limit = home_.buffers().hold(*this, cycle_.buffered_bytes()); !limit.empty())
        return on_shed(limit);
    if (cycle_.now() != timed_)
      start_time();
    update_interest();
  }

  // One list for each phase, so that what a client does within a phase does not lengthen it.
  void start_time() {
    timed_ = cycle_.now();
    switch (timed_) {
      case phase::resting:
        end_request();
        return (is_polling_ ? home_.between_polls() : home_.kept_alive())
          .touch(*this, std::chrono::steady_clock::now());
      case phase::serving:
        return home_.waiting().touch(*this, {});
      default:
        return (slot_.is_reserve() ? home_.reserve() : home_.requests()).touch(*this, std::chrono::steady_clock::now());
    }
  }

  void on_idle() override {
    cycle_.time_is_over();
    if (cycle_.now() != phase::ended) // the client is told why, and the limit was hit nevertheless
      limit_hit(home_.services().shared.system, "request");
    carry_on();
  }

  void on_shutdown() override {
    cycle_.peer_ended();
    carry_on();
  }

  void on_shed(std::string_view limit) override {
    caf::intrusive_ptr<http_connection> alive{this};
    limit_hit(home_.services().shared.system, limit);
    release();
    if (cycle_.now() == phase::receiving)
      cycle_.shed();
    else
      cycle_.peer_ended();
    carry_on();
  }

  // A request that is refused and has a body is answered by the reader; one without a body when it is handed over.
  verdict judge(http_request& head) override {
    head.peer_address = peer_address_;
    head.scheme = socket_->secure() ? "https" : "http";
    errors_ = site_.service().errors_at(head.path);
    auto result = is_proxy_ && !begin_request_of_proxy(head) ? too_many_requests(errors_) : site_.judge(head);
    const auto* refused = std::get_if<http_response>(&result);
    refused_ = refused != nullptr ? std::optional{*refused} : std::nullopt;
    return result;
  }

  std::optional<http_response> refusal(std::string_view path, unsigned status, std::string_view why) const override {
    const auto* form = site_.service().errors_at(path);
    return form != nullptr ? std::optional{(*form)(status, why)} : std::nullopt;
  }

  // The connection is the proxy's; the request is the client's. @returns false when the client has too many.
  bool begin_request_of_proxy(http_request& head) {
    end_request(); // the one before, if this one followed at once
    site_.service().proxies.resolve(head);
    auto place = site_.service().place_for(head.peer_address);
    if (!place)
      return false;
    forwarded_ = std::move(*place);
    count_for(forwarded_.of_key());
    return true;
  }

  void end_request() {
    release();
    count_for(slot_.of_address.of_key());
    forwarded_.release();
    under_way_ = {};
  }

  // -- tasks ------------------------------------------------------------------

  void carry_out(request_cycle::hand_over& x) {
    auto& request = x.request;
    on_outcome_ = nullptr;
    is_polling_ = !site_.is_awaited(request);
    if (auto refused = std::exchange(refused_, std::nullopt)) {
      cycle_.answer(std::move(*refused));
      return;
    }
    if (auto result = site_.upgrade(home_, request))
      return upgrade(std::move(*result));
    if (!is_polling_)
      under_way_ = home_.begin_request();
    serve(std::move(request));
  }

  // A client that does not receive it continues by itself a little later.
  void carry_out(request_cycle::tell_to_go_on&) {
    std::string text = "HTTP/1.1 100 Continue\r\n\r\n";
    std::array<iovec, 1> parts = {{{text.data(), text.size()}}};
    socket_->write(parts);
  }

  void carry_out(request_cycle::send& x) {
    release();
    writer_.begin(std::move(x.head), std::move(x.body));
    write_some();
  }

  void carry_out(request_cycle::leave_http& x) {
    leave_lists();
    if (is_proxy_)
      slot_.of_address = std::move(forwarded_);
    upgrade_->take_over(std::move(socket_), std::move(slot_), x.early);
  }

  void carry_out(request_cycle::linger&) { socket_->shutdown_write(); }

  void carry_out(request_cycle::hang_up& x) {
    if (x.limit_hit)
      limit_hit(home_.services().shared.system, "request");
    hang_up(x);
  }

  // -- the application --------------------------------------------------------

  // Answers at most once, from any thread; answers 500 when it is destroyed unanswered.
  struct pending_reply {
    explicit pending_reply(http_connection& x) : to(&x), errors(x.errors_) {}
    ~pending_reply() {
      if (!answered)
        answer(errors != nullptr ? (*errors)(500, "Internal Server Error")
                                 : http_response::text(500, "Internal Server Error\n"));
    }

    void answer(http_response response) {
      if (answered.exchange(true))
        return;
      auto& unit = to->home_.unit();
      unit.post([target = std::move(to), answer = std::make_shared<http_response>(std::move(response))] {
        target->answer(std::move(*answer));
      });
    }

    caf::intrusive_ptr<http_connection> to;
    const http_error_form* errors; ///< null: plain text
    std::atomic<bool> answered{false};
  };

  void serve(http_request request) {
    auto pending = std::make_shared<pending_reply>(*this);
    try {
      site_.serve(home_, std::move(request), [pending](http_response x) { pending->answer(std::move(x)); });
    } catch (...) {
      report_handler_exception(home_.services().shared.system, exception_text());
    }
  }

  void answer(http_response response) {
    auto tell = std::exchange(response.on_outcome, nullptr);
    if (tell && cycle_.now() == phase::serving && peer_hung_up())
      cycle_.peer_ended();
    if (cycle_.answer(std::move(response)))
      on_outcome_ = std::move(tell);
    else if (tell)
      tell(false);
    carry_on();
  }

  void upgrade(http_site::upgraded result) {
    if (auto* refused = std::get_if<http_response>(&result)) {
      cycle_.answer(std::move(*refused));
      return;
    }
    upgrade_ = std::get<std::unique_ptr<http_upgrade>>(std::move(result));
    cycle_.upgrade(upgrade_->headers);
  }

  // -- the socket -------------------------------------------------------------

  void read_some() {
    auto& buffer = home_.unit().read_buffer();
    const auto n = socket_->read(buffer);
    if (n > 0 && cycle_.now() == phase::lingering)
      return cycle_.discarded(static_cast<size_t>(n));
    if (n > 0)
      return cycle_.received({buffer.data(), static_cast<size_t>(n)});
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    // Proxies reset a connection that they no longer need, after they have read the answer. The bytes that the client's
    // kernel has accepted have reached the client, the others have not.
    if (n < 0 && socket_->bytes_in_kernel() > 0)
      take_answer_back();
    cycle_.peer_ended();
  }

  void write_some() {
    switch (writer_.write_to(*socket_)) {
      case http_writer::progress::done:
        cycle_.written();
        if (on_outcome_)
          on_outcome_(true);
        return;
      case http_writer::progress::waits_for_space:
        return;
      case http_writer::progress::broken:
        return cycle_.peer_ended();
    }
  }

  // A client that closed its socket while its answer was made will never read it. Its later requests are read and kept,
  // because an end behind them, or within TLS, cannot be seen otherwise. A client that has sent more than
  // `max_read_ahead` bytes counts as connected.
  bool peer_hung_up() {
    auto& buffer = home_.unit().read_buffer();
    ssize_t n = 1;
    while (n > 0 && cycle_.unread_bytes() < max_read_ahead) {
      n = socket_->read(buffer);
      if (n > 0)
        cycle_.received({buffer.data(), static_cast<size_t>(n)});
    }
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
  }

  void update_interest() {
    const bool waits_for_space = cycle_.now() == phase::writing || socket_->unsent();
    const auto wanted = (cycle_.wants_bytes() ? static_cast<uint32_t>(EPOLLIN) : 0U)
                        | (waits_for_space ? static_cast<uint32_t>(EPOLLOUT) : 0U);
    if (wanted != std::exchange(interest_, wanted))
      home_.unit().sockets().change(socket_->descriptor(), wanted, *this);
  }

  void leave_lists() {
    unlink();
    release();
    if (std::exchange(watched_, false))
      home_.unit().sockets().forget(socket_->descriptor(), *this);
  }

  void take_answer_back() {
    if (auto tell = std::exchange(on_outcome_, nullptr))
      tell(false);
  }

  void hang_up(request_cycle::hang_up how) {
    if (writer_.is_busy())
      take_answer_back();
    if (how.forsakes)
      socket_->forsake();
    leave_lists();
    socket_->shutdown_write();
    socket_.reset();
    forwarded_.release();
    under_way_ = {};
    slot_.release();
  }

  const http_site& site_;
  unit_sockets& home_;
  connection_slot slot_;
  unit_sockets::request_mark under_way_;
  share_place forwarded_;          ///< of the client whose request a proxy passes on
  std::unique_ptr<stream> socket_; ///< null: closed, or taken over by an upgrade
  const std::string peer_address_;
  const bool is_proxy_; ///< whether its headers about clients are believed
  request_cycle cycle_;
  http_writer writer_;
  std::unique_ptr<http_upgrade> upgrade_;
  std::function<void(bool)> on_outcome_; ///< of the answer that was sent last
  uint32_t interest_ = 0;
  phase timed_ = phase::fresh;
  std::optional<http_response> refused_;    ///< the answer to the request that is read
  const http_error_form* errors_ = nullptr; ///< the form of the errors of its path
  bool is_polling_ = false;                 ///< the last request was one of long polling
  bool watched_ = false;
};

} // namespace

void serve_http(const http_site& from, unit_sockets& home, accepted_client client) {
  caf::make_counted<http_connection>(from, home, std::move(client))->start();
}

} // namespace bennu::engine
