#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/command_line.hpp"
#include "apps/bench/crowd.hpp"

namespace bennu::bench {

namespace {

// Ten clients share a topic, as the people of a small room do.
constexpr size_t clients_a_topic = 10;

// A connection may join 100 channels.
constexpr size_t topics_a_publisher = 100;

/// The clients of topics with history. All join, all disconnect, messages are published on each topic, and all come
/// back within a second, each with its position.
class recover_run final : public client_events {
public:
  recover_run(poller& loop, const target& server, const options& how);

  /// All join, learn their position, and disconnect.
  void join_and_leave();

  /// Publishes `missed` messages on each topic.
  void publish();

  /// All connect again, evenly within a second, and wait until they have every message.
  void come_back();

  /// From the start of a connection to the last message that the client had missed, in nanoseconds.
  const histogram& recoveries() const noexcept { return recoveries_; }

  /// From the start of a connection to the answer to the join, in nanoseconds.
  const histogram& answers() const noexcept { return answers_; }

private:
  struct one {
    std::unique_ptr<client> connection;
    std::string position;
    time_point begun;
    uint64_t received = 0;
  };

  void opened(client& from) override;
  void received(client& from, const message_view& message, time_point when) override;
  void connect(size_t i);
  size_t topics() const noexcept { return (all_.size() + clients_a_topic - 1) / clients_a_topic; }
  std::string topic_of(size_t i) const { return "log:" + std::to_string(i % topics()); }

  poller& loop_;
  const target server_;
  const options& how_;
  std::vector<one> all_;
  bool is_back_ = false;
  size_t done_ = 0; // who has its position, or everything that it missed
  histogram recoveries_, answers_;
};

/// Publishes on many topics through one connection, and waits for each answer.
class log_publisher final : public client_events {
public:
  log_publisher(poller& loop, const target& server, uint32_t number, size_t first_topic, size_t last_topic,
                const options& how);

private:
  void opened(client& from) override;
  void received(client& from, const message_view& message, time_point when) override;

  size_t first_, last_;
  size_t answers_ = 0, joins_ = 0, next_ = 0;
  const options& how_;
};

std::string log_topic(size_t i) {
  return "log:" + std::to_string(i);
}

log_publisher::log_publisher(poller& loop, const target& server, uint32_t number, size_t first_topic, size_t last_topic,
                             const options& how)
  : first_(first_topic), last_(last_topic), how_(how) {
  client connection{loop, server.port, number, *this};
  const auto topics = last_ - first_;
  while (joins_ < topics)
    turn_or_fail(loop, "the joins of a publisher");
  const std::string pad(how_.payload_bytes, 'x');
  for (; next_ < how_.missed; ++next_) { // one round at a time, so that nothing overflows
    for (auto i = first_; i < last_; ++i)
      connection.write(write_message("1", "2", log_topic(i), "pub", numbered_payload(i, next_, how_.payload_bytes)));
    connection.flush();
    while (answers_ < topics * (next_ + 1))
      turn_or_fail(loop, "the answers to a publisher");
  }
}

void log_publisher::opened(client& from) {
  for (auto i = first_; i < last_; ++i)
    from.write(write_message("1", "1", log_topic(i), "phx_join", "{}"));
  from.flush();
}

void log_publisher::received(client&, const message_view& message, time_point) {
  if (message.event != "\"phx_reply\"")
    return;
  ++(message.ref == "\"1\"" ? joins_ : answers_);
}

recover_run::recover_run(poller& loop, const target& server, const options& how)
  : loop_(loop), server_(server), how_(how), all_(how.clients) {}

void recover_run::connect(size_t i) {
  all_[i].begun = std::chrono::steady_clock::now();
  all_[i].connection = std::make_unique<client>(loop_, server_.port, static_cast<uint32_t>(i), *this);
}

void recover_run::join_and_leave() {
  constexpr size_t at_once = 100;
  for (size_t begun = 0; done_ < all_.size();) {
    for (; begun < all_.size() && begun < done_ + at_once; ++begun)
      connect(begun);
    turn_or_fail(loop_, "joins");
  }
  for (auto& x : all_)
    x.connection.reset();
}

void recover_run::publish() {
  auto number = static_cast<uint32_t>(all_.size());
  for (size_t first = 0; first < topics(); first += topics_a_publisher)
    log_publisher{loop_, server_, number++, first, std::min(first + topics_a_publisher, topics()), how_};
}

void recover_run::come_back() {
  is_back_ = true;
  done_ = 0;
  const auto every = std::chrono::nanoseconds{std::chrono::seconds{1}} / static_cast<int>(all_.size());
  const auto start = std::chrono::steady_clock::now();
  auto last_event = start;
  for (size_t begun = 0; done_ < all_.size();) {
    const auto now = std::chrono::steady_clock::now();
    for (; begun < all_.size() && start + every * static_cast<int>(begun) <= now; ++begun)
      connect(begun);
    if (loop_.turn(std::chrono::milliseconds{1}) > 0)
      last_event = now;
    else if (now - last_event > std::chrono::seconds{10})
      throw std::runtime_error("recover: the server sent nothing for ten seconds");
  }
}

void recover_run::opened(client& from) {
  const auto i = from.number();
  const auto params = is_back_ ? "{\"since\":\"" + all_[i].position + "\"}" : "{}";
  from.write(write_message("1", "1", topic_of(i), "phx_join", params));
  from.flush();
}

void recover_run::received(client& from, const message_view& message, time_point when) {
  auto& x = all_[from.number()];
  const auto fail = [&](const char* expected) {
    throw std::runtime_error("recover: client " + std::to_string(from.number()) + " expected " + expected
                             + " and received " + std::string{message.event} + " " + std::string{message.payload});
  };
  if (message.event == "\"phx_reply\"" && !is_back_) {
    constexpr std::string_view key = "\"position\":\"";
    const auto begin = message.payload.find(key);
    if (begin == std::string_view::npos)
      fail("a position");
    const auto rest = message.payload.substr(begin + key.size());
    x.position = rest.substr(0, rest.find('"'));
    ++done_;
  } else if (message.event == "\"phx_reply\"") {
    if (message.payload.find("\"recovered\":true") == std::string_view::npos)
      fail("to recover");
    answers_.add(static_cast<uint64_t>((when - x.begun).count()));
  } else {
    if (message.event != "\"msg\"" || number_in(message.payload, "\"n\"") != x.received)
      fail("the next message that it missed");
    if (++x.received < how_.missed)
      return;
    recoveries_.add(static_cast<uint64_t>((std::chrono::steady_clock::now() - x.begun).count()));
    ++done_;
  }
}

} // namespace

figures recover(const target& server, const options& how) {
  poller loop;
  recover_run run(loop, server, how);
  run.join_and_leave();
  run.publish();
  const auto before = server.pid != 0 ? settled_resident_bytes(server.pid) : 0;
  meter measured(server);
  run.come_back();
  measured.stop();
  const auto after = server.pid != 0 ? resident_bytes(server.pid) : 0;

  const auto count = static_cast<double>(how.clients);
  const auto name = "recover " + std::to_string(how.clients) + " with " + std::to_string(how.missed) + " missed";
  const auto kib = [count](size_t bytes) { return static_cast<double>(bytes) / 1024 / count; };
  return {
    {name + ": until all is recovered p50", microseconds(run.recoveries(), 0.5) / 1e3, "ms"},
    {name + ": until all is recovered p99", microseconds(run.recoveries(), 0.99) / 1e3, "ms"},
    {name + ": until the join is answered p99", microseconds(run.answers(), 0.99) / 1e3, "ms"},
    {name + ": server CPU per client", measured.server_cpu_us() / count, "us"},
    {name + ": server load", measured.server_load() * 100, "% of a core"},
    {name + ": client load", measured.client_load() * 100, "% of a core"},
    {name + ": resident memory per client more than before", after > before ? kib(after - before) : 0, "KiB"},
    {name + ": resident memory before, all histories included", static_cast<double>(before) / 1024 / 1024, "MiB"},
  };
}

} // namespace bennu::bench
