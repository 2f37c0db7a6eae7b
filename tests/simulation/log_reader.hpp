#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/intrusive_ptr.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/connection.hpp"
#include "actors/client/session.hpp"
#include "actors/wire/base64.hpp"
#include "tests/kit/channel/frame_reader.hpp"

namespace bennu::test {

using namespace engine;

/// How many messages each publisher has published.
using counts = std::map<std::string, uint64_t>;

/// What the server has sent to a client, and the client has not read yet.
struct log_wire : session {
  explicit log_wire(const counts& published) : published_(published) {}
  void send(frame_ptr x) override {
    frames.emplace_back(x->kind() == opcode::binary, x->body());
    if (frames.back().second.find("\"history\"") != std::string::npos)
      at_answer = published_;
  }
  void send_control(frame_ptr x) override { send(std::move(x)); }
  void close(uint16_t, std::string_view) override { is_closed = true; }
  void resume_reading() override {}
  bool congested() const noexcept override { return false; }
  bool is_open() const noexcept override { return !is_closed; }
  transport_kind kind() const noexcept override { return transport_kind::websocket; }

  std::deque<std::pair<bool, std::string>> frames; ///< whether it is binary, and its body
  counts at_answer;                                ///< what was published when the last join was answered
  bool is_closed = false;

private:
  const counts& published_;
};

/// A client that joins the topic with the position of the last message that it has read, and checks what it reads: of
/// each publisher all messages, in order and once, from its first join on until it is told that it has not recovered.
class log_reader {
public:
  // -- what it does ---------------------------------------------------------------

  /// A new connection, with serializer v1 or v2. The last messages whose position has not arrived will come again, and
  /// what the client itself has sent may come.
  void connected(std::string to, caf::intrusive_ptr<log_wire> by, connection_ptr as, bool with_v1) {
    node = std::move(to);
    line = std::move(by);
    at = std::move(as);
    joins_ = 0;
    is_v1_ = with_v1;
    for (auto& [who, numbers] : std::exchange(own_, {}))
      own_before_[who].merge(numbers);
  }

  void disconnected() {
    at = nullptr;
    line = nullptr;
    node.clear();
  }

  void join() {
    for (; !unconfirmed_.empty(); unconfirmed_.pop_back())
      unconfirmed_.back().second == 0 ? void(last.erase(unconfirmed_.back().first))
                                      : void(last[unconfirmed_.back().first] = unconfirmed_.back().second);
    hears_former_join_ = joins_ > 0 && (hears_former_join_ || !is_ended);
    is_answered = is_ended = false;
    ++joins_;
    send("phx_join", position.empty() ? json::object() : json{{"since", position}});
  }

  /// Leaves the topic, and reads nothing until it joins again.
  void leave() {
    send("phx_leave", json::object());
    is_answered = false;
    hears_former_join_ = is_ended = true;
  }

  void send(const std::string& event, const json& body, const std::string& to = topic) {
    const auto ref = event == "phx_join" ? join_ref() : std::to_string(1000 + ++sent_);
    const auto text =
      is_v1_ ? json{{"topic", to}, {"event", event}, {"payload", body}, {"ref", ref}, {"join_ref", join_ref()}}.dump()
             : json{join_ref(), ref, to, event, body}.dump();
    at->receive(opcode::text, text);
  }

  /// Reads the next frame.
  void read_one() {
    const auto [is_binary, body] = std::move(line->frames.front());
    line->frames.pop_front();
    const auto x = is_v1_ ? read_frame_v1(body) : read_frame(is_binary, body);
    seen.insert(x.topic);
    if (x.topic != topic)
      return;
    const bool is_stale = x.join_ref.is_string() && x.join_ref != join_ref();
    if (x.event == "phx_reply" && x.ref == join_ref()) {
      joined(x.payload);
    } else if (x.event == "phx_reply" && x.payload.at("response").contains("n")) {
      own_[x.payload["response"].at("who").get<std::string>()].insert(x.payload["response"]["n"].get<uint64_t>());
    } else if (is_stale || hears_former_join_) {
      return; // the official clients hear nothing while a join is under way
    } else if (x.event == "phx_error") {
      is_ended = true;
    } else if (x.event == "msg" || x.event == "position") {
      if (x.event == "msg")
        take(content_of(x.payload));
      if (const auto its_position = position_in(x); !its_position.empty())
        reached(its_position);
    }
  }

  /// Whether it has all messages of a publisher up to this one that came after it had joined anew.
  bool has(const std::string& who, uint64_t n) { return next_after(who, n + 1) > n; }

  static constexpr auto topic = "log:1";

  std::string node; ///< where it is connected; empty: nowhere
  caf::intrusive_ptr<log_wire> line;
  connection_ptr at;
  std::string position;
  bool is_answered = false;   ///< since it joined
  bool is_ended = false;      ///< the server has ended the join, or the client has left
  std::set<std::string> seen; ///< the topics of all that has come
  counts last;                ///< by publisher
  counts start;               ///< what had been published when it joined anew
  uint64_t read = 0, recovered = 0, lost = 0;
  std::string error;

private:
  std::string join_ref() const { return std::to_string(joins_); }

  // A binary payload is the text of the same object; v1 has base64 for it.
  static json content_of(const json& x) {
    if (x.is_binary())
      return json::parse(x.get_binary().begin(), x.get_binary().end());
    return x.contains("base64") ? json::parse(decode_base64(x["base64"].get<std::string>()).value()) : x;
  }

  void joined(const json& reply) {
    hears_former_join_ = false;
    if (reply.at("status") != "ok") {
      is_ended = true;
      return;
    }
    const auto& history = reply.at("response").at("history");
    is_answered = true;
    if (history.at("recovered")) {
      ++recovered;
      return;
    }
    ++lost;
    last.clear();
    start = line->at_answer;
    reached(history.at("position").get<std::string>());
  }

  void reached(std::string x) {
    position = std::move(x);
    unconfirmed_.clear();
  }

  void take(const json& x) {
    const auto who = x.at("who").get<std::string>();
    const auto n = x.at("n").get<uint64_t>();
    const auto known = last.find(who);
    if (!is_answered)
      error = "it got " + who + " " + std::to_string(n) + " before the answer to its join";
    if (known != last.end() && n <= known->second)
      error = "it got " + who + " " + std::to_string(n) + " again";
    if (n > next_after(who, n))
      error = "it missed what was before " + who + " " + std::to_string(n);
    if (own_[who].contains(n))
      error = "it got " + who + " " + std::to_string(n) + ", which it sent itself";
    unconfirmed_.emplace_back(who, known != last.end() ? known->second : 0);
    last[who] = n;
    ++read;
  }

  // The next message of a publisher that it has to get, when it has skipped its own ones that come before `n`.
  uint64_t next_after(const std::string& who, uint64_t n) {
    auto next = (last.contains(who) ? last.at(who) : start[who]) + 1;
    while (next < n && (own_[who].contains(next) || own_before_[who].contains(next)))
      ++next;
    return next;
  }

  bool is_v1_ = false;
  bool hears_former_join_ = false;                            ///< messages of its former join may still arrive
  uint64_t joins_ = 0;                                        ///< on this connection
  uint64_t sent_ = 0;                                         ///< on all connections, besides joins
  std::map<std::string, std::set<uint64_t>> own_;             ///< what it sent with `broadcast_from` on this connection
  std::map<std::string, std::set<uint64_t>> own_before_;      ///< and on former ones
  std::vector<std::pair<std::string, uint64_t>> unconfirmed_; ///< what it read since the last position, and before that
};

} // namespace bennu::test
