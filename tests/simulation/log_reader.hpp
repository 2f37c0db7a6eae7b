#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include <caf/intrusive_ptr.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/connection.hpp"
#include "actors/client/session.hpp"

namespace bennu::test {

using namespace engine;

/// How many messages each publisher has published.
using counts = std::map<std::string, uint64_t>;

/// What the server has sent to a client, and the client has not read yet.
struct log_wire : session {
  explicit log_wire(const counts& published) : published_(published) {}
  void send(frame_ptr x) override {
    frames.emplace_back(x->body());
    if (frames.back().find("\"history\"") != std::string::npos)
      at_answer = published_;
  }
  void send_control(frame_ptr x) override { send(std::move(x)); }
  void close(uint16_t, std::string_view) override { is_closed = true; }
  void resume_reading() override {}
  bool congested() const noexcept override { return false; }
  bool is_open() const noexcept override { return !is_closed; }
  transport_kind kind() const noexcept override { return transport_kind::websocket; }

  std::deque<std::string> frames;
  counts at_answer; ///< what was published when the last join was answered
  bool is_closed = false;

private:
  const counts& published_;
};

/// A client that joins the topic with the position of the last message that it has read, and checks what it reads: of
/// each publisher all messages, in order and once, from its first join on until it is told that it has not recovered.
struct log_reader {
  std::string node; ///< where it is connected; empty: nowhere
  caf::intrusive_ptr<log_wire> line;
  connection_ptr at;
  std::string position;
  bool is_answered = false; ///< since it joined
  bool is_ended = false;    ///< the server has ended the join
  uint64_t joins = 0;       ///< on this connection
  counts last;              ///< by publisher
  counts start;             ///< what had been published when it joined anew
  uint64_t read = 0, recovered = 0, lost = 0;
  std::string error;

  void take(const json& x) {
    const auto who = x.at("who").get<std::string>();
    const auto n = x.at("n").get<uint64_t>();
    const auto known = last.find(who);
    if (!is_answered)
      error = "it got " + who + " " + std::to_string(n) + " before the answer to its join";
    if (known != last.end() && n <= known->second)
      error = "it got " + who + " " + std::to_string(n) + " again";
    if (n > (known != last.end() ? known->second : start[who]) + 1)
      error = "it missed what was before " + who + " " + std::to_string(n);
    last[who] = n;
    ++read;
  }

  /// Whether it has all messages of a publisher up to this one that came after it had joined anew.
  bool has(const std::string& who, uint64_t n) { return last.contains(who) ? last.at(who) >= n : start[who] >= n; }

  /// Reads the next frame.
  void read_one() {
    const auto message = json::parse(line->frames.front());
    line->frames.pop_front();
    const auto& event = message.at(3);
    if (event == "phx_reply" && message.at(1) == std::to_string(joins)) {
      const auto& history = message.at(4).at("response").at("history");
      is_answered = true;
      if (history.at("recovered")) {
        ++recovered;
      } else {
        ++lost;
        last.clear();
        start = line->at_answer;
        position = history.at("position");
      }
    } else if (event == "msg") {
      take(message.at(4));
      position = message.at(1);
    } else if (event == "phx_error") {
      is_ended = true;
    }
  }
};

} // namespace bennu::test
