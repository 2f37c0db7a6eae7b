#include <charconv>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/command_line.hpp"
#include "apps/bench/crowd.hpp"

namespace bennu::bench {

namespace {

constexpr const char* topic = "presence:crowd";

// Enough to keep the servers busy, few enough for any listen backlog.
constexpr size_t connects_at_once = 100;

/// The members of the topic `presence:crowd`, half of them on each of two nodes. Each member keeps the set of members
/// that its node has told it of.
class presence_run final : public client_events {
public:
  /// Connects all members. They join later, in `join_all`.
  presence_run(poller& loop, const target& first, const target& second, size_t members);

  /// Lets all members join at once.
  void join_all();

  /// Lets one member of the second node leave.
  void leave_one();

  /// Drops the clients of the second node, which is about to be killed.
  void drop_second();

  /// How many members do not see exactly the members that are present.
  size_t behind() const noexcept { return behind_; }

private:
  struct member {
    std::unique_ptr<client> connection;
    std::vector<bool> sees;
    size_t seen = 0;
    bool is_behind = true; // and counts in `behind_`
  };

  void opened(client&) override { ++open_; }
  void received(client& from, const message_view& message, time_point when) override;
  void note(member& who, std::string_view part, bool is_present);
  void update_behind(member& who);
  void expect(size_t present);
  bool belongs_to_second(size_t i) const noexcept { return i >= members_.size() / 2; }

  poller& loop_;
  std::vector<member> members_;
  size_t open_ = 0;
  size_t expected_ = 0;
  size_t behind_ = 0;
};

presence_run::presence_run(poller& loop, const target& first, const target& second, size_t members)
  : loop_(loop), members_(members) {
  for (size_t begun = 0; open_ < members;) {
    for (; begun < members && begun < open_ + connects_at_once; ++begun) {
      const auto port = belongs_to_second(begun) ? second.port : first.port;
      members_[begun].sees.resize(members);
      members_[begun].connection = std::make_unique<client>(loop_, port, static_cast<uint32_t>(begun), *this);
    }
    turn_or_fail(loop_, "connections");
  }
}

void presence_run::join_all() {
  expect(members_.size());
  for (size_t i = 0; i < members_.size(); ++i) {
    const auto payload = "{\"key\":\"m" + std::to_string(i) + "\",\"meta\":{\"name\":\"member\"}}";
    members_[i].connection->write(write_message("1", "1", topic, "phx_join", payload));
    members_[i].connection->flush();
  }
}

void presence_run::leave_one() {
  auto& leaving = members_.back();
  leaving.connection->write(write_message("1", "2", topic, "phx_leave", "{}"));
  leaving.connection->flush();
  leaving.connection.reset(); // a client that left the topic receives no more diffs
  expect(members_.size() - 1);
}

void presence_run::drop_second() {
  for (size_t i = members_.size() / 2; i < members_.size(); ++i)
    members_[i].connection.reset();
  expect(members_.size() / 2);
}

void presence_run::expect(size_t present) {
  expected_ = present;
  behind_ = 0;
  for (auto& x : members_)
    if (x.connection) {
      x.is_behind = x.seen != expected_;
      behind_ += x.is_behind ? 1 : 0;
    }
}

void presence_run::received(client& from, const message_view& message, time_point) {
  auto& who = members_[from.number()];
  if (message.event == "\"presence_state\"")
    note(who, message.payload, true);
  if (message.event == "\"presence_diff\"") {
    const auto leaves = message.payload.find("\"leaves\":");
    note(who, message.payload.substr(0, leaves), true);
    note(who, message.payload.substr(leaves), false);
  }
  update_behind(who);
}

// The keys are "m0", "m1" and so on. No other string in these messages is an m and digits.
void presence_run::note(member& who, std::string_view part, bool is_present) {
  for (size_t at = part.find("\"m"); at != std::string_view::npos; at = part.find("\"m", at + 2)) {
    size_t number = 0;
    const auto* begin = part.data() + at + 2;
    const auto [end, error] = std::from_chars(begin, part.data() + part.size(), number);
    const bool is_key = error == std::errc{} && end != begin && *end == '"' && number < members_.size();
    if (!is_key || who.sees[number] == is_present)
      continue;
    who.sees[number] = is_present;
    who.seen += is_present ? 1 : size_t(-1);
  }
}

void presence_run::update_behind(member& who) {
  const bool is_behind = who.seen != expected_;
  if (is_behind == who.is_behind)
    return;
  who.is_behind = is_behind;
  behind_ += is_behind ? 1 : size_t(-1);
}

/// Calls `begin` and waits until every member sees the right members.
/// @returns how long that took, in milliseconds.
double time_until_all_know(poller& loop, presence_run& run, const std::function<void()>& begin, const char* what) {
  const auto start = std::chrono::steady_clock::now();
  begin();
  while (run.behind() != 0) {
    loop.turn(std::chrono::seconds{1});
    if (std::chrono::steady_clock::now() > start + std::chrono::minutes{1})
      throw std::runtime_error(std::to_string(run.behind()) + " members did not learn of " + what + " within a minute");
  }
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

figures presence(const target& first, const target& second, const options& how) {
  poller loop;
  presence_run run(loop, first, second, how.members);
  const auto kill_second = [&] {
    run.drop_second();
    ::kill(second.pid, SIGKILL);
  };
  const auto joined = time_until_all_know(
    loop, run, [&] { run.join_all(); }, "each other");
  const auto left = time_until_all_know(
    loop, run, [&] { run.leave_one(); }, "a leave");
  const auto lost = time_until_all_know(loop, run, kill_second, "a killed node");
  const auto name = "presence " + std::to_string(how.members) + " on two nodes: ";
  return {
    {name + "all see all", joined, "ms"},
    {name + "all see that one left", left, "ms"},
    {name + "members of a killed node are gone, grace included", lost, "ms"},
  };
}

} // namespace bennu::bench
