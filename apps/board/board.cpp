#include "apps/board/board.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <caf/all.hpp>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/checked_text.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/pubsub.hpp>

namespace board {

namespace {

using bennu::json;
using namespace std::chrono_literals;
using after_join = caf::atom_constant<caf::atom("afterjoin")>;
constexpr bennu::text_rule name_rule{.name = "a name", .max_bytes = 40};

class any_socket : public bennu::socket {
public:
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

/// The drawing is the history of the topic, which all nodes have: there is no other state, so a crash loses nothing.
class board_channel : public bennu::channel_of<board_channel> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const json& params) override {
    name_ = params.at("name");
    if (const auto problem = name_rule.problem(name_); problem || name_.empty())
      return bennu::refuse{{{"reason", problem.value_or("a name is missing")}}};
    self()->send(self(), after_join::value); // nothing can be pushed before the client has joined
    return bennu::accept{};
  }

  caf::message_handler handle_info() override {
    return {[this](after_join) {
      presence().track(name_, json::object());
      push("presence_state", presence().list());
      if (!is_recovered())
        redraw();
    }};
  }

  static bennu::events<board_channel> events_in() {
    return {{"stroke", &board_channel::stroke},
            {"undo",
             [](board_channel& self, const json& in) {
               self.broadcast("undo", {{"id", in.at("id").get<uint32_t>()}});
             }},
            {"clear",
             [](board_channel& self, const json&) {
               self.broadcast("clear", {{"by", self.name_}});
             }},
            {"cursor", [](board_channel& self, const json& in) {
               self.broadcast_from("cursor",
                                   {{"name", self.name_}, {"x", in.at("x").get<int>()}, {"y", in.at("y").get<int>()}});
             }}};
  }

private:
  bennu::reply stroke(const bennu::payload& in) {
    const auto size = in.bytes().size();
    if (!in.is_binary() || size < 12 || size > max_stroke_bytes || size % 4 != 0)
      return bennu::reply::error({{"reason", "malformed"}});
    broadcast_from("stroke", in); // its author has drawn it already
    return bennu::reply::ok();
  }

  /// Sends what has been drawn since the board was cleared. A stroke that is drawn meanwhile may come twice, which the
  /// page does not mind.
  void redraw() const {
    const auto drawn = history_since().messages;
    auto first = std::find_if(drawn.rbegin(), drawn.rend(), [](const auto& x) { return x->event == "clear"; }).base();
    push("redraw");
    std::for_each(first, drawn.end(), [this](const auto& x) { push(x->event, x->body); });
  }

  std::string name_;
};

} // namespace

bennu::endpoint clients() {
  const bennu::channel_options options{
    .limits = {.events = bennu::rate::per_second(60)}, // pieces of lines and cursors, 20 a second each
    .history = bennu::history{.messages = 10'000, .bytes = size_t{8} << 20, .age = 24h},
    .live_events = {"cursor"}};
  return bennu::endpoint{"/socket"}.serve<any_socket>().channel<board_channel>("board:*", options);
}

} // namespace board
