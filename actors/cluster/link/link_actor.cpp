#include "actors/cluster/link/link_actor.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <set>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>

#include "supervision/children/parent.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

// How often the session checks the clock: a fifth of a heartbeat interval.
constexpr auto tick_interval = std::chrono::milliseconds{100};

// The state of a link is reported every this many ticks: once per second.
constexpr unsigned ticks_of_report = 10;

// A hundred bytes each.
constexpr std::ptrdiff_t names_per_message = 1000;

struct link_tick {
  using local_message = void;
};

uint16_t next_port() {
  static std::atomic<uint32_t> last{0};
  return static_cast<uint16_t>(1 + last++ % 0xffff);
}

} // namespace

link_actor::link_actor(caf::actor_config& config, link_host& owner, std::shared_ptr<link_record> record)
  : process(config, &owner.system().middleman().backend()), owner_(owner), record_(std::move(record)),
    session_(
      owner.self(), record_->name, [&owner] { return owner.next_session(); }, owner.options().timing),
    port_(next_port()) {
  set_exit_handler([this, parent = parent_of(config)](caf::exit_msg& x) {
    if (is_sent_by(parent, x, address()) && classify(x.reason).kind == exit_kind::shutdown)
      finish();
    else if (x.reason)
      quit(std::move(x.reason));
  });
}

caf::behavior link_actor::make_behavior() {
  broker_ = system().middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  link_connection_ptr first;
  {
    std::lock_guard guard{record_->mutex};
    record_->actor = caf::actor_cast<caf::actor>(this);
    record_->is_woken = false;
    first = std::exchange(record_->waiting, nullptr);
  }
  if (first)
    adopt(std::move(first));
  delayed_send(this, tick_interval, link_tick{});
  return {
    [this](link_message& x) { receive(x); },
    [this](const names_message& x) {
      if (owner_.names() && session_.is_up() && x.session == session_.peer_session())
        owner_.names()->receive(record_->name, x);
    },
    [this](const link_names& x) { send_names(false, x.changes); },
    [this](link_wake) { pump(); },
    [this](link_tick) { tick(); },
    [this](link_opened& x) { opened(std::move(x.connection)); },
    [this](link_gone x) { gone(x.connection); },
    [this](link_cut& x) { shut(x.why); },
    [this](link_forget) {
      if (current_ || next_)
        return;
      owner_.erase(record_);
      quit(exits::normal());
    },
    [this](link_tell& x) {
      session_.tell(std::move(x.news));
      flush();
    },
  };
}

void link_actor::on_exit() {
  shut("the link ends");
  if (next_)
    next_->shut();
  if (is_published_)
    caf::anon_send(broker_, caf::unpublish_atom::value, address(), port_);
  {
    std::lock_guard guard{record_->mutex};
    record_->actor = nullptr;
    record_->is_connected = false;
    record_->is_starting = true; // the supervisor does; if the start fails, it reports that
  }
  // CAF's broker keeps this object until the broker ends, so that the object must not keep other actors alive.
  peer_ = nullptr;
  broker_ = nullptr;
  current_ = next_ = nullptr;
}

void link_actor::opened(link_connection_ptr connection) {
  if (finish_before_)
    return connection->shut();
  if (!current_)
    return adopt(std::move(connection));
  if (next_)
    next_->shut();
  next_ = std::move(connection);
  shut("replaced by a newer connection");
}

void link_actor::adopt(link_connection_ptr connection) {
  current_ = std::move(connection);
  set_connected(true);
  since_ = std::chrono::steady_clock::now();
  why_.clear();
  peer_ = nullptr;
  if (current_->dialled)
    dial(current_);
  else
    publish(current_);
}

void link_actor::dial(const link_connection_ptr& connection) {
  request(broker_, caf::infinite, caf::connect_atom::value, std::exchange(connection->scribe, nullptr), uint16_t{0})
    .then(
      [this, connection](const caf::node_id&, caf::strong_actor_ptr& whom, const std::set<std::string>&) {
        if (connection != current_)
          return;
        peer_ = caf::actor_cast<caf::actor>(whom);
        session_.connected(std::chrono::steady_clock::now());
        flush();
      },
      [connection](const caf::error&) { connection->shut(); });
}

// The link actor of the peer has sent a hello, so that its handle is known.
void link_actor::publish(const link_connection_ptr& connection) {
  is_published_ = true;
  caf::anon_send(broker_, caf::publish_atom::value, std::exchange(connection->scribe, nullptr), port_,
                 caf::actor_cast<caf::strong_actor_ptr>(this), std::set<std::string>{});
  session_.connected(std::chrono::steady_clock::now());
  flush();
}

void link_actor::gone(uint64_t connection) {
  if (next_ && next_->id == connection)
    next_.reset();
  if (!current_ || current_->id != connection)
    return;
  session_.disconnected(why_.empty() ? "the connection is gone" : why_);
  flush();
  current_.reset();
  set_connected(false);
  peer_ = nullptr;
  if (next_)
    adopt(std::exchange(next_, nullptr));
}

// The signal to stop overtakes what the hub has just sent, above all the goodbyes of presence.
void link_actor::finish() {
  if (finish_before_)
    return;
  finish_before_ = std::chrono::steady_clock::now() + owner_.options().timing.timeout;
  {
    std::lock_guard guard{record_->mutex};
    record_->is_open = false;
  }
  pump();
}

// Ends this actor when the peer has acknowledged everything.
void link_actor::quit_if_done() {
  if (!finish_before_)
    return;
  std::unique_lock guard{record_->mutex};
  const bool is_done = record_->queue.bytes() == 0 && session_.in_flight() == 0;
  guard.unlock();
  if (is_done || !session_.is_up() || std::chrono::steady_clock::now() > *finish_before_)
    quit(exits::shutdown());
}

void link_actor::shut(const std::string& why) {
  if (why_.empty())
    why_ = why;
  session_.cut(why);
  flush();
  if (current_)
    current_->shut();
}

void link_actor::receive(link_message& message) {
  auto head = decode_link_head(message.head);
  if (!head || !current_)
    return;
  peer_ = caf::actor_cast<caf::actor>(current_sender());
  session_.hold_acks(owner_.is_hub_behind());
  received_bytes_ += message.body.size();
  session_.receive({std::move(*head), std::move(message.body)}, std::chrono::steady_clock::now());
  pump(); // the window may be open again
}

void link_actor::pump() {
  const auto now = std::chrono::steady_clock::now();
  {
    std::lock_guard guard{record_->mutex};
    record_->is_woken = false;
  }
  while (session_.may_send()) {
    link_load load;
    std::string body;
    {
      std::lock_guard guard{record_->mutex};
      body = record_->queue.take(load);
      record_->in_flight = session_.in_flight() + body.size();
      record_->sent_bytes += body.size();
    }
    if (body.empty())
      break;
    session_.send(std::move(body), load, now);
  }
  {
    std::lock_guard guard{record_->mutex};
    record_->in_flight = session_.in_flight();
    record_->round_trip = session_.round_trip();
    record_->received_bytes += std::exchange(received_bytes_, 0);
  }
  flush();
  quit_if_done();
}

size_t link_actor::memory() const noexcept {
  std::lock_guard guard{record_->mutex};
  return record_->queue.bytes() + session_.in_flight();
}

void link_actor::tick() {
  const auto now = std::chrono::steady_clock::now();
  session_.hold_acks(owner_.is_hub_behind());
  session_.tick(now);
  pump();
  if (current_ && !session_.is_up() && now - since_ > owner_.options().timing.timeout)
    shut("the peer does not answer");
  if (++ticks_ % ticks_of_report == 0)
    report();
  delayed_send(this, tick_interval, link_tick{});
}

void link_actor::report() {
  auto* events = telemetry::listening(system());
  if (events == nullptr)
    return;
  const auto x = record_->state();
  if (x.now == link_state::phase::down)
    return;
  auto number = [](auto n) { return static_cast<int64_t>(n); };
  events->emit("link.state",
               {{"up", x.now == link_state::phase::up},
                {"queued_blocks", number(x.queued_blocks)},
                {"queued_bytes", number(x.queued_bytes)},
                {"in_flight_bytes", number(x.in_flight_bytes)},
                {"window_bytes", number(x.window_bytes)},
                {"lost_blocks", number(x.lost_blocks)},
                {"refused_blocks", number(x.refused_blocks)}},
               {{"peer", x.peer}});
}

// Sends the names in parts, so that blocks can pass between them. The connection keeps the order.
void link_actor::send_names(bool whole, const std::vector<name_entry>& entries) {
  if (!peer_ || !session_.is_up())
    return;
  auto next = entries.begin();
  do {
    const auto piece = std::min<std::ptrdiff_t>(entries.end() - next, names_per_message);
    send(peer_, names_message{session_.session(), std::exchange(whole, false), {next, next + piece}});
    next += piece;
  } while (next != entries.end());
}

void link_actor::set_connected(bool connected) {
  std::lock_guard guard{record_->mutex};
  record_->is_connected = connected;
}

void link_actor::flush() {
  for (auto& frame : session_.take_frames())
    if (peer_)
      send(peer_, link_message{encode(frame.head), std::move(frame.body)});
  for (auto& event : session_.take_events())
    handle(std::move(event));
}

void link_actor::handle(link_event&& event) {
  if (auto* up = std::get_if<link_up>(&event)) {
    owner_.session_began(*record_, *up, current_.get());
    if (owner_.names())
      send_names(true, owner_.names()->own());
  } else if (auto* down = std::get_if<link_down>(&event)) {
    owner_.session_ended(*record_, *down, session_.take_lost());
    if (owner_.names())
      owner_.names()->lost(record_->name);
    if (why_.empty())
      why_ = down->why;
    if (current_)
      current_->shut();
  } else if (auto* block = std::get_if<link_received>(&event)) {
    owner_.received(std::move(*block));
  } else if (auto* news = std::get_if<std::string>(&event)) {
    owner_.heard_news({record_->name, current_ ? current_->address : std::string{}, std::move(*news)});
  }
}

} // namespace bennu::engine
