#include "transport/longpoll/session.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "transport/io/connection_slot.hpp"
#include "transport/io/unit_sockets.hpp"
#include "transport/longpoll/body.hpp"
#include "transport/longpoll/longpoll.hpp"
#include "transport/outbox/outbound_queue.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

namespace {

// How many polls of one session may wait although a newer one came. Polls whose client has disconnected stay among them
// until their window is over, and must not accumulate; a well-behaved client has two.
constexpr size_t max_superseded = 8;

// The messages of one answer; the rest comes with the next poll. The answer is a copy of them, which its client may
// take a while to read.
constexpr size_t max_answer_bytes = size_t{1} << 20;

// The memory of frames, of which others may hold some too.
size_t bytes_of(const std::vector<frame_ptr>& frames) {
  size_t result = 0;
  for (const auto& x : frames)
    result += sizeof x + x->footprint() / std::max(x->references(), uint32_t{1});
  return result;
}

} // namespace

longpoll_session::longpoll_session(longpoll_table& table, const endpoint& via, std::string id, std::string token,
                                   connection_slot slot)
  : table_(table), home_(table.home), via_(via), id_(std::move(id)), token_(std::move(token)), slot_(std::move(slot)),
    outbox_(via.options().max_outbox_bytes, via.options().when_outbox_full, via.options().max_outbox_bytes / 2) {}

longpoll_session::~longpoll_session() = default;

void longpoll_session::start(connection_ptr owner) {
  connection_ = std::move(owner);
  table_.sessions.emplace(id_, this);
  table_.count.fetch_add(1, std::memory_order_relaxed);
  home_.silent_of(via_).touch(silence_, std::chrono::steady_clock::now());
}

// -- the client ---------------------------------------------------------------

void longpoll_session::poll(http_reply reply) {
  if (poll_)
    supersede_poll();
  poll_ = std::make_unique<waiting_poll>(*this, std::move(reply));
  silence_.unlink();
  home_.polls_of(via_).touch(*poll_, std::chrono::steady_clock::now());
  flush();
}

void longpoll_session::supersede_poll() {
  if (superseded_.size() == max_superseded) {
    auto oldest = std::move(superseded_.front());
    superseded_.erase(superseded_.begin());
    answer_nothing(std::move(oldest));
  }
  superseded_.push_back(std::move(poll_));
}

io_unit& longpoll_session::unit() noexcept {
  return home_.unit();
}

void longpoll_session::publish(std::string_view content_type, std::string_view body, http_reply reply) {
  if (state_ == state::gone)
    return reply(longpoll_response(status_answer(410)));
  if (state_ == state::closing) // the client learns of the end after it has handled the earlier messages
    return hold(status_answer(410), std::move(reply));
  if (unhandled_) {
    limit_hit(home_.services().shared.system, "inbox");
    return reply(longpoll_response(status_answer(429)));
  }
  if (connection_->backlogged()) {
    unhandled_ = std::make_unique<waiting_post>(*this, status_answer(429), std::move(reply));
    unhandled_->content_type = content_type;
    unhandled_->body = body;
    return home_.polls_of(via_).touch(*unhandled_, std::chrono::steady_clock::now());
  }
  auto answer = handle(content_type, body);
  if (connection_->backlogged())
    return hold(std::move(answer), std::move(reply));
  reply(longpoll_response(std::move(answer)));
}

std::string longpoll_session::handle(std::string_view content_type, std::string_view body) {
  std::vector<size_t> refused;
  const auto batch = split_post(content_type, body);
  for (size_t i = 0; i < batch.messages.size(); ++i)
    if (!batch.messages[i] || !connection_->receive(batch.messages[i]->kind, batch.messages[i]->body))
      refused.push_back(i);
  if (batch.has_more) {
    limit_hit(home_.services().shared.system, "batch");
    return batch_too_long_answer(refused);
  }
  return status_answer(refused.empty() ? 200 : 400, refused);
}

void longpoll_session::hold(std::string answer, http_reply reply) {
  auto& post = *held_.emplace_back(std::make_unique<waiting_post>(*this, std::move(answer), std::move(reply)));
  home_.polls_of(via_).touch(post, std::chrono::steady_clock::now());
}

// -- session ------------------------------------------------------------------

void longpoll_session::send(frame_ptr x) {
  if (state_ != state::open)
    return;
  if (push_or_close(std::move(x), outbox_, *this, home_.services().shared.system))
    schedule_flush();
}

void longpoll_session::send_control(frame_ptr x) {
  if (state_ != state::open)
    return;
  if (push_control_or_close(std::move(x), outbox_, *this, home_.services().shared.system))
    schedule_flush();
}

void longpoll_session::close(uint16_t code, std::string_view reason) {
  if (std::exchange(state_, state_ == state::open ? state::closing : state_) != state::open)
    return;
  blame(reason_of_close(code), reason, code);
  schedule_flush();
}

void longpoll_session::resume_reading() {
  if (state_ != state::open)
    return;
  for (auto& post : std::exchange(held_, {}))
    post->reply(longpoll_response(std::move(post->answer)));
  if (auto next = std::move(unhandled_))
    publish(next->content_type, next->body, std::move(next->reply));
}

void longpoll_session::schedule_flush() {
  if (!std::exchange(flush_scheduled_, true))
    home_.unit().flush_later(*this);
}

void longpoll_session::flush() {
  caf::intrusive_ptr<longpoll_session> alive{this};
  flush_scheduled_ = false;
  if (state_ == state::gone)
    return;
  auto messages = poll_ && !answer_under_way_ ? take_messages() : std::vector<frame_ptr>{};
  if (!messages.empty())
    answer_poll(std::move(messages));
  count_unread();
  if (state_ != state::closing)
    return;
  if (auto owner = std::exchange(connection_, nullptr))
    owner->closed();
  if (!outbox_.empty() || !returned_.empty() || answer_under_way_)
    return;
  const auto now = std::chrono::steady_clock::now();
  if (now - heard_at_ >= unit_sockets::time_to_handle)
    return end();
  home_.farewells().touch(farewell_, now);
}

void longpoll_session::count_unread() {
  if (!outbox_.empty())
    outbox_.begin_charging();
  const auto bytes = outbox_.charged_bytes() + answer_bytes_ + bytes_of(returned_);
  if (state_ == state::gone || bytes <= buffer_list::small_bytes)
    return unread_.reset();
  if (!unread_)
    unread_ = std::make_unique<unread_output>(*this);
  if (const auto limit = home_.unread_messages().hold(*unread_, bytes); !limit.empty())
    drop_unread(limit);
}

size_t longpoll_session::recount() {
  outbox_.recount();
  return outbox_.charged_bytes() + answer_bytes_ + bytes_of(returned_);
}

// There is no memory for what its client does not fetch. An answer that is under way ends with its connection.
void longpoll_session::drop_unread(std::string_view limit) {
  if (state_ == state::open)
    limit_hit(home_.services().shared.system, limit);
  outbox_.drop_unsent();
  returned_.clear();
  blame(end_reason::slow, std::string{limit} + ": the server has no room for what this client does not fetch");
  close(close_code::try_again_later, "the server has no room for what this client does not fetch");
  home_.unread_messages().keep(*unread_, answer_bytes_);
}

// -- answers ------------------------------------------------------------------

std::vector<frame_ptr> longpoll_session::take_messages() {
  if (!returned_.empty())
    return std::exchange(returned_, {});
  const bool congested = outbox_.congested();
  auto result = outbox_.take(max_answer_bytes);
  if (congested && !outbox_.congested() && connection_)
    connection_->on_drained();
  return result;
}

void longpoll_session::answer_poll(std::vector<frame_ptr> messages) {
  begin_silence();
  auto response = longpoll_response(poll_answer(200, token_, messages));
  answer_under_way_ = true;
  answer_bytes_ = response.body.size() + bytes_of(messages);
  response.on_outcome = [self = caf::intrusive_ptr<longpoll_session>{this},
                         messages = std::move(messages)](bool reached) {
    self->home_.unit().post([self, messages, reached] { self->told(reached, messages); });
  };
  std::exchange(poll_, nullptr)->reply(std::move(response));
}

void longpoll_session::answer_nothing(std::unique_ptr<waiting_poll> to) {
  to->reply(longpoll_response(poll_answer(204, token_, {})));
}

void longpoll_session::begin_silence() {
  home_.silent_of(via_).touch(silence_, std::chrono::steady_clock::now());
}

void longpoll_session::told(bool reached, const std::vector<frame_ptr>& messages) {
  answer_under_way_ = false;
  answer_bytes_ = 0;
  if (reached)
    heard_at_ = std::chrono::steady_clock::now();
  else
    returned_.insert(returned_.begin(), messages.begin(), messages.end());
  flush();
}

void longpoll_session::window_over(waiting_poll& x) {
  if (&x == poll_.get()) {
    begin_silence();
    return answer_nothing(std::move(poll_));
  }
  const auto i = std::find_if(superseded_.begin(), superseded_.end(), [&x](auto& other) { return other.get() == &x; });
  auto found = std::move(*i);
  superseded_.erase(i);
  answer_nothing(std::move(found));
}

void longpoll_session::window_over(waiting_post& x) {
  if (&x == unhandled_.get()) {
    limit_hit(home_.services().shared.system, "inbox");
    return std::exchange(unhandled_, nullptr)->reply(longpoll_response(status_answer(429)));
  }
  const auto i = std::find_if(held_.begin(), held_.end(), [&x](auto& other) { return other.get() == &x; });
  auto found = std::move(*i);
  held_.erase(i);
  found->reply(longpoll_response(std::move(found->answer)));
}

// -- end ----------------------------------------------------------------------

void longpoll_session::blame(end_reason why, std::string_view text, uint16_t code) {
  if (connection_)
    connection_->ends(why, text, code);
}

void longpoll_session::on_shutdown() {
  blame(end_reason::drain, "the server stopped before the client left");
  end();
}

void longpoll_session::doubtful() {
  blame(end_reason::lost, "it is unknown whether the messages of an answer arrived");
  end();
}

void longpoll_session::fell_silent() {
  limit_hit(home_.services().shared.system, "idle");
  blame(end_reason::idle, "idle: it asks no more");
  end();
}

void longpoll_session::end() {
  const auto before = std::exchange(state_, state::gone);
  if (before == state::gone)
    return;
  caf::intrusive_ptr<longpoll_session> alive{this};
  silence_.unlink();
  farewell_.unlink();
  table_.sessions.erase(id_);
  table_.count.fetch_sub(1, std::memory_order_relaxed);
  unread_.reset();
  slot_.release();
  if (poll_)
    superseded_.push_back(std::move(poll_));
  for (auto& poll : std::exchange(superseded_, {}))
    poll->reply(longpoll_response(status_answer(410)));
  if (unhandled_)
    held_.push_back(std::move(unhandled_));
  for (auto& post : std::exchange(held_, {}))
    post->reply(longpoll_response(status_answer(410)));
  if (auto owner = std::exchange(connection_, nullptr))
    owner->closed();
}

} // namespace bennu::engine
