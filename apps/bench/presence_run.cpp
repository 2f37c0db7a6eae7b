#include "apps/bench/presence_run.hpp"

#include <charconv>
#include <stdexcept>

#include "apps/bench/crowd.hpp"

namespace bennu::bench {

namespace {

constexpr const char* topic = "presence:crowd";

// Enough to keep the servers busy, few enough for any listen backlog.
constexpr size_t at_once = 100;

} // namespace

presence_run::presence_run(poller& loop, const target& first, const target& second, size_t members)
  : loop_(loop), members_(members) {
  for (size_t begun = 0; open_ < members;) {
    for (; begun < members && begun < open_ + at_once; ++begun) {
      const auto port = belongs_to_second(begun) ? second.port : first.port;
      members_[begun].sees.resize(members);
      members_[begun].link = std::make_unique<client>(loop_, port, static_cast<uint32_t>(begun), *this);
    }
    turn_or_fail(loop_, "connections");
  }
}

void presence_run::opened(client&) {
  ++open_;
}

void presence_run::join_all() {
  expect(members_.size());
  for (size_t i = 0; i < members_.size(); ++i) {
    const auto payload = "{\"key\":\"m" + std::to_string(i) + "\",\"meta\":{\"name\":\"member\"}}";
    members_[i].link->write(write_message("1", "1", topic, "phx_join", payload));
    members_[i].link->flush();
  }
}

void presence_run::leave_one() {
  auto& leaving = members_.back();
  leaving.link->write(write_message("1", "2", topic, "phx_leave", "{}"));
  leaving.link->flush();
  leaving.link.reset(); // nobody is told what happens in a topic that one has left
  expect(members_.size() - 1);
}

void presence_run::lose_second() {
  for (size_t i = members_.size() / 2; i < members_.size(); ++i)
    members_[i].link.reset();
  expect(members_.size() / 2);
}

void presence_run::expect(size_t present) {
  expected_ = present;
  behind_ = 0;
  for (auto& x : members_)
    if (x.link) {
      x.counted_behind = x.seen != expected_;
      behind_ += x.counted_behind ? 1 : 0;
    }
}

void presence_run::received(client& from, const message_view& message, time_point) {
  auto& who = members_[from.number()];
  if (message.event == "\"presence_state\"")
    note(who, message.payload, true);
  if (message.event == "\"presence_diff\"") {
    const auto cut_at = message.payload.find("\"leaves\":");
    note(who, message.payload.substr(0, cut_at), true);
    note(who, message.payload.substr(cut_at), false);
  }
  judge(who);
}

// Keys are "m0", "m1" ...; nothing else begins so.
void presence_run::note(member& who, std::string_view part, bool there) {
  for (size_t at = part.find("\"m"); at != std::string_view::npos; at = part.find("\"m", at + 2)) {
    size_t number = 0;
    const auto* begin = part.data() + at + 2;
    const auto [end, error] = std::from_chars(begin, part.data() + part.size(), number);
    if (error != std::errc{} || end == begin || *end != '"' || number >= members_.size() || who.sees[number] == there)
      continue;
    who.sees[number] = there;
    who.seen += there ? 1 : size_t(-1);
  }
}

void presence_run::judge(member& who) {
  const bool is_behind = who.seen != expected_;
  if (is_behind == who.counted_behind)
    return;
  who.counted_behind = is_behind;
  behind_ += is_behind ? 1 : size_t(-1);
}

} // namespace bennu::bench
