#include "tests/kit/cluster/client_line.hpp"

#include <algorithm>
#include <utility>

#include "actors/node/node_parts.hpp"
#include "actors/wire/serializer.hpp"
#include "tests/kit/channel/frame_reader.hpp"

namespace bennu::engine {

using std::chrono::microseconds;

namespace {

// How a connection ends without a close frame (RFC 6455 §7.1.5).
constexpr uint16_t lost = 1006;

// A frame is under way for up to this long.
constexpr microseconds max_latency{20'000};

microseconds latency(simulator& sim) {
  return microseconds{50 + static_cast<microseconds::rep>(sim.chance()() % static_cast<uint64_t>(max_latency.count()))};
}

// An exception is answered 500, as a node does.
connect_result answer_of(socket& user, const connect_info& info) try {
  return user.connect(info);
} catch (const std::exception& x) {
  return connect_refused{500, x.what()};
}

} // namespace

/// The end of a connection at its node.
class client_line::server_side : public session {
public:
  explicit server_side(client_line& line) : line_(&line) {}

  void send(frame_ptr x) override {
    if (is_open())
      line_->to_client([line = line_, x = std::move(x)] {
        line->servers_.sim().trace(x->body());
        const auto message = read_frame(x->kind() == opcode::binary, x->body());
        for (auto copies = planted_copies ? planted_copies(message) : 1; copies > 0; --copies)
          line->client_.received(message);
      });
  }
  void send_control(frame_ptr x) override { send(std::move(x)); }
  void close(uint16_t code, std::string_view) override {
    if (!is_open())
      return;
    line_->to_client([line = line_, code] {
      if (const auto there = std::exchange(line->there_, nullptr))
        there->closed();
      line->forget_connection();
      line->client_.closed(code);
    });
    line_ = nullptr;
  }
  void resume_reading() override {}
  bool congested() const noexcept override { return false; }
  bool is_open() const noexcept override { return line_ != nullptr; }
  transport_kind kind() const noexcept override { return transport_kind::websocket; }

  /// Nothing leaves any more.
  void detach() noexcept { line_ = nullptr; }

private:
  client_line* line_;
};

client_line::client_line(client_servers& servers, std::string name, std::string wanted_node,
                         std::map<std::string, std::string> params)
  : servers_(servers), name_(std::move(name)), wanted_(std::move(wanted_node)), params_(std::move(params)),
    client_(*this) {}

client_line::~client_line() {
  drop();
}

// -- faults ---------------------------------------------------------------------

void client_line::reset() {
  if (node_.empty())
    return;
  note("is reset");
  leave_server();
  lost_connection();
}

void client_line::lose_server(const std::string& node) {
  close_left();
  if (node_ != node)
    return;
  drop();
  lost_connection();
}

void client_line::lost_connection() {
  forget_connection();
  const auto lost_one = connection_;
  servers_.sim().after(latency(servers_.sim()), [this, lost_one] {
    if (connection_ == lost_one)
      client_.closed(lost);
  });
}

void client_line::close_from_server(uint16_t code) {
  if (session_)
    session_->close(code, {});
}

// The node notices the end a little later.
void client_line::leave_server() {
  if (session_)
    session_->detach();
  if (const auto there = std::exchange(there_, nullptr)) {
    left_.push_back(there);
    servers_.sim().after(latency(servers_.sim()), [this] { close_left(); });
  }
}

void client_line::close_left() {
  for (const auto& x : std::exchange(left_, {}))
    x->closed();
}

void client_line::drop() {
  close_left();
  if (session_)
    session_->detach();
  if (const auto there = std::exchange(there_, nullptr))
    there->closed();
  forget_connection();
}

void client_line::forget_connection() {
  ++connection_;
  session_.reset();
  node_.clear();
  up_ = {};
  down_ = {};
}

// -- client_surroundings ----------------------------------------------------------

void client_line::dial() {
  forget_connection();
  node_ = servers_.choose(wanted_);
  if (node_.empty())
    return to_client([this] { refuse(); });
  to_server([this] { accept(); });
}

void client_line::send(std::string text) {
  to_server([this, text = std::move(text)] { arrived(text); });
}

void client_line::hang_up() {
  leave_server();
  forget_connection();
}

void client_line::after(std::chrono::milliseconds time, std::function<void()> f) {
  servers_.sim().after(time, std::move(f));
}

void client_line::note(const std::string& what) {
  servers_.sim().note("client " + name_ + " " + what + (node_.empty() ? "" : " (" + node_ + ")"));
}

// -- the connection ---------------------------------------------------------------

void client_line::accept() {
  if (!servers_.is_listening(node_))
    return to_client([this] { refuse(); });
  auto user = servers_.via(node_).make_socket();
  connect_info info;
  info.params = params_;
  const auto answer = answer_of(*user, info);
  const auto* terms = std::get_if<connected>(&answer);
  if (terms == nullptr)
    return to_client([this] { refuse(); });
  auto id = user->id();
  session_ = caf::make_counted<server_side>(*this);
  there_ = caf::make_counted<connection>(servers_.via(node_), *servers_.sim()[node_].home().parts().units.front(),
                                         session_, serializer_v2(), std::move(user), std::move(id));
  there_->start(*terms);
  to_client([this] { client_.opened(); });
}

void client_line::refuse() {
  forget_connection();
  client_.closed(lost);
}

void client_line::arrived(const std::string& text) {
  if (there_ && !there_->receive(opcode::text, text))
    there_->close_when_handled(1011); // as the WebSocket of a node does
}

void client_line::to_client(std::function<void()> what) {
  post(down_, {}, std::move(what));
}

void client_line::to_server(std::function<void()> what) {
  post(up_, node_, std::move(what));
}

void client_line::post(lane& on, const std::string& paused_with, std::function<void()> what) {
  auto& sim = servers_.sim();
  on.last = std::max(on.last, sim.now() + latency(sim));
  on.waiting.push_back(std::move(what));
  sim.after(on.last - sim.now(), [this, &on, paused_with, mine = connection_] { pump(on, paused_with, mine); });
}

// What still has to wait is held back again.
void client_line::end_pauses() {
  for (const auto& x : std::exchange(held_, {}))
    x();
}

void client_line::pump(lane& on, const std::string& paused_with, uint64_t of_connection) {
  if (connection_ != of_connection || on.waiting.empty())
    return;
  auto& sim = servers_.sim();
  if (const auto pause = sim.paused_for(paused_with); pause.count() > 0) {
    held_.push_back([this, &on, paused_with, of_connection] { pump(on, paused_with, of_connection); });
    return sim.after(pause, [this] { end_pauses(); });
  }
  const auto what = std::move(on.waiting.front());
  on.waiting.pop_front();
  what();
}

} // namespace bennu::engine
