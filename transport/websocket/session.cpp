#include "transport/websocket/session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/epoll.h>

#include "transport/io/connection_slot.hpp"
#include "transport/io/unit_sockets.hpp"
#include "transport/outbox/outbound_queue.hpp"
#include "transport/websocket/deflate.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

namespace {

// How many frames one system call sends; the loop repeats for more.
constexpr size_t frames_per_send = 64;

// With so many unsent bytes the client's requests wait. 128 KiB: as much again as the kernel holds, so that there is
// always something to send.
constexpr size_t congested_bytes = 128 << 10;

} // namespace

// The entry of a session in the lists of clients that do not read.
struct websocket_session::unread_output : idle_node, buffer_holder {
  explicit unread_output(websocket_session& x) : of(x) { count_for(x.slot_.of_address.of_key()); }
  void on_idle() override { of.nothing_taken(); }
  void on_shutdown() override { of.on_shutdown(); }
  void on_shed(std::string_view limit) override { of.drop_unread(limit); }
  size_t recount() override {
    of.outbox_.recount();
    return of.outbox_.charged_bytes();
  }
  websocket_session& of;
  size_t left = 0; ///< bytes in the kernel when the time began
};

// The entry of a session in the list of clients that are pinged when they stay silent.
struct websocket_session::heartbeat : idle_node {
  explicit heartbeat(websocket_session& x) : of(x) {}
  void on_idle() override { of.ping(); }
  void on_shutdown() override { of.on_shutdown(); }
  websocket_session& of;
};

// The part of an incomplete message that has arrived.
struct websocket_session::unfinished_message : buffer_holder {
  explicit unfinished_message(websocket_session& x) : of(x) { count_for(x.slot_.of_address.of_key()); }
  void on_shed(std::string_view limit) override { of.shed(limit); }
  websocket_session& of;
};

websocket_session::websocket_session(unit_sockets& home, const endpoint& via, deflate& compression,
                                     std::unique_ptr<stream> socket, connection_slot slot, int window_bits)
  : home_(home), via_(via), compression_(compression), slot_(std::move(slot)), socket_(std::move(socket)),
    codec_({.max_message_bytes = via.options().max_message_bytes, .compression = window_bits != 0}),
    outbox_(via.options().max_outbox_bytes, via.options().when_outbox_full,
            std::min(via.options().max_outbox_bytes / 8, congested_bytes)),
    window_bits_(static_cast<uint8_t>(window_bits)) {}

websocket_session::~websocket_session() = default;

void websocket_session::start(connection_ptr owner, std::string_view early) {
  connection_ = std::move(owner);
  interest_ = EPOLLIN;
  watched_ = home_.unit().sockets().watch(socket_->descriptor(), interest_, *this);
  if (!watched_)
    return hang_up();
  if (via_.options().heartbeat_interval != std::chrono::milliseconds::zero())
    heartbeat_ = std::make_unique<heartbeat>(*this);
  touch();
  if (!early.empty()) {
    std::string bytes{early};
    consume(bytes);
  }
}

// -- session ------------------------------------------------------------------

void websocket_session::send(frame_ptr x) {
  if (state_ != state::open)
    return;
  if (window_bits_ != 0 && x->body().size() >= via_.options().min_compressed_bytes)
    x = compression_.compressed(x, window_bits_);
  if (push_or_close(std::move(x), outbox_, *this, home_.services().shared.system))
    queued();
}

void websocket_session::send_control(frame_ptr x) {
  if (state_ != state::open)
    return;
  if (push_control_or_close(std::move(x), outbox_, *this, home_.services().shared.system))
    queued();
}

void websocket_session::queued() {
  waits_for_space_ ? count_unread() : schedule_flush();
}

void websocket_session::blame(end_reason why, std::string_view text, uint16_t code) {
  if (connection_)
    connection_->ends(why, text, code);
}

void websocket_session::close(uint16_t code, std::string_view reason) {
  blame(reason_of_close(code), reason, code);
  begin_close(code, reason);
}

void websocket_session::begin_close(uint16_t code, std::string_view reason) {
  if (state_ != state::open)
    return;
  outbox_.push_last(close_frame(code, reason));
  if (unread_)
    home_.unread_messages().keep(*unread_, outbox_.charged_bytes());
  state_ = state::closing;
  home_.closing().touch(*this, std::chrono::steady_clock::now());
  schedule_flush();
}

void websocket_session::resume_reading() {
  if (!reading_paused_ || state_ == state::gone)
    return;
  if (!kept_.empty()) // before the bytes that are read next, but not within the handler that calls this
    return home_.unit().post([self = caf::intrusive_ptr<websocket_session>{this}] { self->consume_kept(); });
  reading_paused_ = false;
  update_interest();
}

void websocket_session::schedule_flush() {
  if (waits_for_space_ || std::exchange(flush_scheduled_, true))
    return;
  home_.unit().flush_later(*this);
}

// -- socket -------------------------------------------------------------------

void websocket_session::on_ready(uint32_t events) {
  if ((events & EPOLLOUT) != 0 && std::exchange(waits_for_space_, false)) {
    if (!socket_->flush())
      return hang_up();
    flush();
  }
  if (state_ != state::gone && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
    read_some();
}

void websocket_session::read_some() {
  auto& buffer = home_.unit().read_buffer();
  const auto n = socket_->read(buffer);
  if (n > 0) {
    touch();
    return consume({buffer.data(), static_cast<size_t>(n)});
  }
  if (n == 0 || (errno != EAGAIN && errno != EINTR))
    return hang_up();
  if (socket_->unsent()) // TLS has bytes to send
    wait_for_space();
}

void websocket_session::consume(std::span<char> bytes) {
  const auto taken = codec_.consume(bytes, *this);
  if (taken < bytes.size() && !codec_.finished())
    kept_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(taken), bytes.end());
  count_unfinished();
  if (state_ == state::open && connection_->backlogged() && !std::exchange(reading_paused_, true))
    update_interest();
}

void websocket_session::consume_kept() {
  if (kept_.empty() || state_ == state::gone)
    return;
  auto bytes = std::exchange(kept_, {});
  reading_paused_ = false;
  consume(bytes);
  if (state_ != state::gone)
    update_interest();
}

void websocket_session::count_unfinished() {
  const auto held = codec_.buffered_bytes();
  if (held <= buffer_list::small_bytes) {
    unfinished_.reset();
    return;
  }
  if (!unfinished_)
    unfinished_ = std::make_unique<unfinished_message>(*this);
  if (state_ != state::open)
    return;
  if (const auto limit = home_.buffers().hold(*unfinished_, held); !limit.empty())
    shed(limit);
}

// There is no memory for the rest of its message.
void websocket_session::shed(std::string_view limit) {
  limit_hit(home_.services().shared.system, limit);
  codec_.discard();
  if (unfinished_)
    unfinished_->release();
  blame(end_reason::limit, std::string{limit} + ": the server has no room for this message");
  close(close_code::try_again_later, "the server has no room for this message");
}

void websocket_session::flush() {
  flush_scheduled_ = false;
  if (waits_for_space_)
    return;
  while (state_ != state::gone && !outbox_.empty()) {
    std::array<iovec, frames_per_send> parts;
    const auto count = outbox_.fill(parts);
    const auto n = socket_->write({parts.data(), count});
    if (n >= 0) {
      const bool congested = outbox_.congested();
      outbox_.consume(static_cast<size_t>(n));
      if (congested && !outbox_.congested())
        connection_->on_drained();
      if (state_ == state::closing)
        home_.closing().touch(*this, std::chrono::steady_clock::now());
    } else if (errno == EAGAIN) {
      return wait_for_space();
    } else if (errno != EINTR) {
      return hang_up();
    }
  }
  if (state_ != state::gone && socket_->unsent())
    return wait_for_space();
  unread_.reset();
  if ((interest_ & EPOLLOUT) != 0)
    update_interest();
  if (state_ == state::closing)
    close_sent();
}

void websocket_session::wait_for_space() {
  if (std::exchange(waits_for_space_, true))
    return;
  if (!unread_)
    unread_ = std::make_unique<unread_output>(*this);
  unread_->left = socket_->bytes_in_kernel();
  home_.unread_of(via_).touch(*unread_, std::chrono::steady_clock::now());
  update_interest();
  outbox_.begin_charging();
  count_unread();
}

void websocket_session::count_unread() {
  if (state_ != state::open || !unread_)
    return;
  if (const auto limit = home_.unread_messages().hold(*unread_, outbox_.charged_bytes()); !limit.empty())
    drop_unread(limit);
}

// There is no memory for what its client does not read. One that was told to go already gets no more time.
void websocket_session::drop_unread(std::string_view limit) {
  if (state_ != state::open)
    return home_.unit().post([self = caf::intrusive_ptr<websocket_session>{this}] { self->give_up(); });
  limit_hit(home_.services().shared.system, limit);
  outbox_.drop_unsent();
  blame(end_reason::slow, std::string{limit} + ": the server has no room for what this client does not read");
  close(close_code::try_again_later, "the server has no room for what this client does not read");
}

// The kernel calls a socket writable only when a good part of its buffer is free: a slow client may have taken less
// than that.
void websocket_session::nothing_taken() {
  const auto left = socket_->bytes_in_kernel();
  if (left < unread_->left) {
    unread_->left = left;
    return home_.unread_of(via_).touch(*unread_, std::chrono::steady_clock::now());
  }
  limit_hit(home_.services().shared.system, "send");
  blame(end_reason::slow, "send: it has read nothing for the whole send timeout");
  give_up();
}

void websocket_session::update_interest() {
  const auto wanted =
    (reading_paused_ ? 0U : static_cast<uint32_t>(EPOLLIN)) | (waits_for_space_ ? static_cast<uint32_t>(EPOLLOUT) : 0U);
  if (wanted == interest_)
    return;
  interest_ = wanted;
  home_.unit().sockets().change(socket_->descriptor(), interest_, *this);
}

// -- end ----------------------------------------------------------------------

void websocket_session::touch() {
  if (state_ != state::open)
    return;
  const auto now = std::chrono::steady_clock::now();
  home_.clients_of(via_).touch(*this, now);
  if (heartbeat_)
    home_.pinged_of(via_).touch(*heartbeat_, now);
}

void websocket_session::ping() {
  send_control(make_frame(opcode::ping, {}));
  if (state_ == state::open)
    home_.pinged_of(via_).touch(*heartbeat_, std::chrono::steady_clock::now());
}

void websocket_session::on_idle() {
  if (state_ != state::open)
    return give_up();
  if (reading_paused_) // the client may be sending, but this side does not read
    return touch();
  limit_hit(home_.services().shared.system, "idle");
  blame(end_reason::idle, "idle: it was silent for too long", close_code::protocol_error);
  begin_close(close_code::protocol_error, {});
}

// Our close frame is out; the connection is told now, the socket waits a little for the peer's close.
void websocket_session::close_sent() {
  caf::intrusive_ptr<websocket_session> alive{this};
  connection_->closed();
  if (peer_closed_)
    return hang_up();
  socket_->shutdown_write();
  consume_kept();
  if (state_ == state::gone)
    return;
  reading_paused_ = false;
  update_interest();
  home_.closing().touch(*this, std::chrono::steady_clock::now());
}

// The client has had its time to read.
void websocket_session::give_up() {
  if (socket_->bytes_in_kernel() > 0)
    socket_->forsake();
  hang_up();
}

void websocket_session::on_shutdown() {
  blame(end_reason::drain, "the server stopped before the client left");
  hang_up();
}

void websocket_session::hang_up() {
  const auto before = std::exchange(state_, state::gone);
  if (before == state::gone)
    return;
  caf::intrusive_ptr<websocket_session> alive{this};
  idle_node::unlink();
  if (watched_)
    home_.unit().sockets().forget(socket_->descriptor(), *this);
  unread_.reset();
  heartbeat_.reset();
  if (unfinished_)
    unfinished_->release();
  socket_.reset();
  outbox_.clear();
  slot_.release();
  if (auto owner = std::exchange(connection_, nullptr))
    owner->closed();
}

} // namespace bennu::engine
