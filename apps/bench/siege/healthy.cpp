#include "apps/bench/siege/healthy.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <netinet/in.h>

#include "apps/bench/siege/http.hpp"

namespace bennu::bench {

namespace {

/// Unlike the names of an earlier run against the same database.
std::string run_name() {
  const auto seconds = std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds{1};
  return std::to_string(seconds % 100'000'000);
}

class probe_clients final : public healthy_clients {
public:
  probe_clients(poller& loop, const target& server, const options& how)
    : clients_(loop, server, how.clients, &topic_of), pings_(clients_, how.siege_rate, how.payload_bytes) {
    clients_.report_to(pings_);
    for (size_t i = 0; i < how.clients; ++i)
      topics_.push_back(topic_of(i));
  }

  void begin(time_point now) override { pings_.begin(now); }
  void send_due(time_point now) override { pings_.ping_due(now); }
  bool is_settled() const override { return pings_.all_answered(); }
  well_being take() override {
    well_being result{pings_.round_trips(), {}};
    pings_.reset();
    return result;
  }
  const std::vector<std::string>& topics() const override { return topics_; }

private:
  static std::string topic_of(size_t i) { return "bench:healthy-" + std::to_string(i); }

  crowd clients_;
  steady_pings pings_;
  std::vector<std::string> topics_;
};

constexpr size_t in_a_room = 10;

// The limits of the chat are 30 questions in 10 s and 30 messages in a minute.
constexpr std::chrono::nanoseconds between_questions = std::chrono::milliseconds{500};
constexpr std::chrono::nanoseconds between_messages = std::chrono::seconds{3};

/// Makes the rooms that `clients` need. @returns their topics.
std::vector<std::string> make_rooms(uint16_t port, size_t clients, const std::vector<std::string>& tokens) {
  std::vector<std::string> topics;
  for (size_t i = 0; i < clients; i += in_a_room) {
    const auto id = "siege-" + run_name() + "-" + std::to_string(i / in_a_room);
    const auto answer = http_answer(
      port,
      http_request("POST", "/api/rooms", R"({"id":")" + id + R"(","name":")" + id + R"("})", tokens[i], last_request),
      INADDR_LOOPBACK);
    if (!answer.starts_with("HTTP/1.1 201"))
      throw std::runtime_error("siege: the chat did not make a room: " + answer);
    topics.push_back("room:" + id);
  }
  return topics;
}

class chat_clients final : public healthy_clients, client_events {
public:
  chat_clients(poller& loop, const target& server, const options& how, std::vector<std::string> tokens)
    : tokens_(std::move(tokens)), topics_(make_rooms(server.port, how.clients, tokens_)), states_(how.clients),
      clients_(
        loop, server, how.clients, [this](size_t i) { return topics_[i / in_a_room]; },
        [this](size_t i) { return crowd::plain_target + ("&token=" + tokens_[i]); }) {
    clients_.report_to(*this);
  }

  void begin(time_point now) override { next_question_ = next_message_ = now; }
  void send_due(time_point now) override;
  bool is_settled() const override { return open_questions_ == 0 && open_deliveries_ == 0; }
  well_being take() override { return std::exchange(measured_, {}); }
  const std::vector<std::string>& topics() const override { return topics_; }
  size_t refused() const override { return refused_; }
  std::string last_refusal() const override { return last_refusal_; }

private:
  struct state {
    uint64_t next_ref = 2;
    uint64_t question = 0; ///< the ref of the question that waits for its answer; 0: none
    time_point asked_at;
    uint64_t written = 0; ///< messages that were not refused
    uint64_t message = 0; ///< the ref of the last one
    time_point written_at;
    std::array<uint64_t, in_a_room> heard{}; ///< of each member of the room
  };

  size_t room_size(size_t i) const {
    const auto first = i / in_a_room * in_a_room;
    return std::min(in_a_room, clients_.size() - first);
  }
  bool has_heard_all(size_t author) const;
  void ask(size_t i, time_point now);
  void write(size_t i, time_point now);
  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;
  void answered(size_t i, const message_view& message, time_point when);
  void heard(size_t i, const message_view& message, time_point when);
  void refused(size_t i, const message_view& message);

  const std::string run_ = run_name();
  std::vector<std::string> tokens_;
  std::vector<std::string> topics_;
  std::vector<state> states_;
  crowd clients_;
  time_point next_question_, next_message_;
  size_t asks_next_ = 0, writes_next_ = 0;
  size_t open_questions_ = 0, open_deliveries_ = 0;
  well_being measured_;
  size_t refused_ = 0;
  std::string last_refusal_;
};

void chat_clients::send_due(time_point now) {
  const auto count = static_cast<int64_t>(states_.size());
  for (; next_question_ <= now; next_question_ += between_questions / count, ++asks_next_)
    if (states_[asks_next_ % states_.size()].question == 0)
      ask(asks_next_ % states_.size(), now);
  for (; next_message_ <= now; next_message_ += between_messages / count, ++writes_next_)
    if (has_heard_all(writes_next_ % states_.size()))
      write(writes_next_ % states_.size(), now);
}

/// Whether all members have heard all messages of this author.
bool chat_clients::has_heard_all(size_t author) const {
  const auto first = author / in_a_room * in_a_room;
  for (auto i = first; i < first + room_size(author); ++i)
    if (states_[i].heard[author % in_a_room] < states_[author].written)
      return false;
  return true;
}

void chat_clients::ask(size_t i, time_point now) {
  auto& x = states_[i];
  x.question = x.next_ref++;
  x.asked_at = now;
  ++open_questions_;
  clients_[i].write(write_message("1", std::to_string(x.question), clients_.topic(i), "members", "{}"));
  clients_[i].flush();
}

// A message that was refused is written again with the id of the first try, so that it is stored once.
void chat_clients::write(size_t i, time_point now) {
  auto& x = states_[i];
  x.written_at = now;
  x.written = std::max(x.written, x.heard[i % in_a_room]); // that one was stored although it was refused
  x.message = x.next_ref++;
  open_deliveries_ += room_size(i);
  const auto number = std::to_string(x.written++);
  const auto body = "author:" + std::to_string(i) + " number:" + number;
  clients_[i].write(write_message("1", std::to_string(x.message), clients_.topic(i), "new_message",
                                  R"({"body":")" + body + R"(","client_id":")" + run_ + "-" + number + R"("})"));
  clients_[i].flush();
}

void chat_clients::received(client& from, const message_view& message, time_point when) {
  if (message.event == "\"phx_reply\"")
    answered(from.number(), message, when);
  else if (message.event == "\"new_message\"")
    heard(from.number(), message, when);
  else if (message.event == "\"phx_error\"" || message.event == "\"phx_close\"")
    throw std::runtime_error("the room of a healthy client ended: " + std::string{message.payload});
}

void chat_clients::answered(size_t i, const message_view& message, time_point when) {
  auto& x = states_[i];
  const bool is_good = message.payload.find(R"("status":"ok")") != std::string_view::npos;
  if (!is_good)
    refused(i, message);
  if (x.question == 0 || message.ref != '"' + std::to_string(x.question) + '"')
    return;
  x.question = 0;
  --open_questions_;
  if (is_good)
    measured_.answers.add(static_cast<uint64_t>((when - x.asked_at).count()));
}

void chat_clients::refused(size_t i, const message_view& message) {
  auto& x = states_[i];
  ++refused_;
  last_refusal_ = message.payload;
  if (message.ref != '"' + std::to_string(x.message) + '"')
    return;
  --x.written;
  open_deliveries_ -= room_size(i);
}

void chat_clients::heard(size_t i, const message_view& message, time_point when) {
  const auto author = number_in(message.payload, "author"), number = number_in(message.payload, "number");
  if (!author || !number)
    return; // of a hostile client
  if (*author >= states_.size() || *author / in_a_room != i / in_a_room
      || states_[i].heard[*author % in_a_room] != *number)
    throw std::runtime_error("healthy client " + std::to_string(i)
                             + " missed a message, or heard one twice: " + std::string{message.payload});
  ++states_[i].heard[*author % in_a_room];
  const auto& x = states_[*author];
  if (*number >= x.written) // it was refused, perhaps stored
    return;
  --open_deliveries_;
  measured_.deliveries.add(static_cast<uint64_t>((when - x.written_at).count()));
}

} // namespace

std::unique_ptr<healthy_clients> healthy_on_probe(poller& loop, const target& server, const options& how) {
  return std::make_unique<probe_clients>(loop, server, how);
}

std::unique_ptr<healthy_clients> healthy_on_chat(poller& loop, const target& server, const options& how,
                                                 std::vector<std::string> tokens) {
  return std::make_unique<chat_clients>(loop, server, how, std::move(tokens));
}

std::vector<std::string> make_accounts(uint16_t port, size_t count) {
  constexpr size_t of_one_address = 15; // a chat allows 20 per minute
  std::vector<std::string> tokens;
  for (size_t i = 0; i < count; ++i) {
    const auto body = R"({"name":"siege)" + run_name() + "_" + std::to_string(i) + R"(","password":"a long password"})";
    const auto answer = http_answer(port, http_request("POST", "/api/users", body, {}, last_request),
                                    INADDR_LOOPBACK + 30 + static_cast<uint32_t>(i / of_one_address));
    constexpr std::string_view key = R"("token":")";
    const auto at = answer.find(key);
    if (!answer.starts_with("HTTP/1.1 201") || at == std::string::npos)
      throw std::runtime_error("siege: the chat refused an account: " + answer);
    tokens.push_back(answer.substr(at + key.size(), answer.find('"', at + key.size()) - at - key.size()));
  }
  return tokens;
}

} // namespace bennu::bench
