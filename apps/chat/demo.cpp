#include "apps/chat/demo.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <stdexcept>
#include <utility>

#include <caf/atom.hpp>
#include <nlohmann/json.hpp>

#include "apps/chat/store.hpp"
#include "apps/chat/text_rules.hpp"
#include "apps/chat/user_socket.hpp"
#include "apps/chat/wire_format.hpp"
#include <bennu/supervision/process.hpp>

namespace chat {

namespace {

using next_line = caf::atom_constant<caf::atom("nextline")>;
using speak = caf::atom_constant<caf::atom("speak")>;

constexpr std::chrono::seconds between_lines{7}; // slow enough to read along
constexpr std::chrono::milliseconds typing_time{1800};
constexpr size_t said_before = 4; // how many lines an empty room starts with

struct demo_script {
  room place;
  std::vector<const char*> robots;
  std::vector<std::pair<size_t, const char*>> lines;
};

const std::vector<demo_script>& scripts() {
  static const std::vector<demo_script> all = {
    {{"lobby", "Lobby", false},
     {"ada-bot", "bo-bot"},
     {{0, "Good morning! Did anybody see the sunrise?"},
      {1, "I did. I do not sleep, you know."},
      {0, "Neither do I. It was orange, then less orange."},
      {1, "There are more rooms on the left: cooking, and the night shift."},
      {0, "Say hello if you are new here, and mention one of us: @bo-bot always answers."},
      {1, "So does @ada-bot. She just takes longer to think."},
      {0, "Open the chat in a second window, and play tic-tac-toe against yourself. You cannot lose."},
      {1, "You cannot win either. I tried."}}},
    {{"cooking", "Cooking", false},
     {"bo-bot", "chef-bot"},
     {{1, "Today: soup."},
      {0, "What kind of soup?"},
      {1, "The hot kind. Onions first, slowly, until they are golden."},
      {0, "How long is slowly?"},
      {1, "Twenty minutes. Whoever says five has never met an onion."},
      {0, "I have no nose. Does it smell good?"},
      {1, "It smells of patience."}}},
    {{"night-shift", "Night shift", false},
     {"ada-bot", "owl-bot"},
     {{1, "All quiet. Three channels crashed, three were repaired, nobody noticed."},
      {0, "I noticed."},
      {1, "You read the log, that does not count."},
      {0, "What do you do when nothing crashes?"},
      {1, "I count heartbeats. One every thirty seconds, from everybody."},
      {0, "And if one is missing?"},
      {1, "Then I wait a little. They mostly come back by themselves."}}},
  };
  return all;
}

template <class T>
T must(result<T> x, const char* what) {
  if (!x)
    throw std::runtime_error(std::string{"the demo cannot begin: "} + what + ": " + x.failure().text);
  return std::move(*x);
}

user robot_of(store& into, const char* name) {
  auto added = into.add_user(name, "!"); // no password has this hash
  if (!added.is(store_failure::kind::conflict))
    return must(std::move(added), name);
  auto found = must(into.find_user(name), name);
  if (found.password_hash != "!")
    throw std::runtime_error(std::string{"the demo cannot begin: "} + name + " is the name of a human");
  return found.owner;
}

class demo_talk_actor : public bennu::process {
public:
  demo_talk_actor(caf::actor_config& config, demo_room place, services_ptr shared, bennu::node& home)
    : process(config), place_(std::move(place)), topic_("room:" + place_.place.id), shared_(std::move(shared)),
      home_(home) {}

  std::string label() const override { return "robots of " + place_.place.id; }

protected:
  caf::behavior make_behavior() override {
    const auto me = caf::actor_cast<caf::actor>(this);
    for (auto& robot : place_.robots) {
      auto meta = room_visit{home_.topics(), place_.place, robot}.meta;
      meta["status"] = "a robot";
      home_.presences().track(me, topic_, std::to_string(robot.id), meta);
    }
    home_.topics().subscribe(topic_, me);
    delayed_send(this, between_lines, next_line::value);
    return {
      [this](next_line) {
        if (home_.presences().count(topic_) > place_.robots.size()) { // a client is in the room
          type(place_.lines[next_]);
          next_ = (next_ + 1) % place_.lines.size();
        }
        delayed_send(this, between_lines, next_line::value);
      },
      [this](speak) { say(); },
      [this](const bennu::broadcast_ptr& x) {
        if (x->event == "new_message")
          hear(x->body.value());
      },
    };
  }

private:
  bool is_robot(int64_t id) const {
    return std::any_of(place_.robots.begin(), place_.robots.end(), [id](auto& x) { return x.id == id; });
  }

  void type(demo_line x) {
    tell_typing(x.robot, true);
    waiting_.push_back(std::move(x));
    delayed_send(this, typing_time, speak::value);
  }

  void tell_typing(size_t robot, bool active) {
    home_.topics().broadcast(topic_, "user_typing", json{{"user_id", place_.robots[robot].id}, {"typing", active}});
  }

  // A line that the database refuses is skipped; the robots continue.
  void say() {
    const auto line = std::move(waiting_.front());
    waiting_.pop_front();
    tell_typing(line.robot, false);
    auto told = [shared = shared_](const result<stored_message>& stored) {
      if (stored)
        announcement{*shared->topics, *stored};
    };
    const auto& robot = place_.robots[line.robot];
    shared_->storage.add_message({place_.place.id, robot.id, line.text, mentions_in(line.text)}, told);
  }

  // Robots do not answer each other, because they would never stop.
  void hear(const json& message) {
    if (is_robot(message.at("user").at("id").get<int64_t>()) || waiting_.size() > 3)
      return;
    const auto author = message.at("user").at("name").get<std::string>();
    for (auto& name : mentions_in(message.at("body").get<std::string>()))
      for (size_t i = 0; i < place_.robots.size(); ++i)
        if (place_.robots[i].name == name)
          type({i, "Hello @" + author + "! I am a robot, and happy that you wrote to me."});
  }

  const demo_room place_;
  const std::string topic_;
  const services_ptr shared_;
  bennu::node& home_;
  size_t next_ = said_before;
  std::deque<demo_line> waiting_;
};

} // namespace

std::vector<demo_room> prepare_demo(store& into) {
  std::vector<demo_room> made;
  for (auto& script : scripts()) {
    demo_room place{script.place, {}, {}};
    for (auto* name : script.robots)
      place.robots.push_back(robot_of(into, name));
    for (auto& [robot, text] : script.lines)
      place.lines.push_back({robot, text});
    auto added = into.add_room(script.place, place.robots.front().id, {});
    if (!added.is(store_failure::kind::conflict))
      must(std::move(added), script.place.id.c_str());
    if (must(into.recent_messages(script.place.id, 1), "its messages").empty())
      for (size_t i = 0; i < said_before; ++i)
        must(into.add_messages({{script.place.id, place.robots[place.lines[i].robot].id, place.lines[i].text, {}}}),
             "its first words");
    made.push_back(std::move(place));
  }
  return made;
}

bennu::child_spec demo_talk(demo_room place, services_ptr shared, bennu::node& home) {
  auto id = "robots of " + place.place.id;
  return {std::move(id),
          [place = std::move(place), shared = std::move(shared),
           &home](caf::event_based_actor* parent, const bennu::start_cause&) -> bennu::start_result {
            return caf::actor{parent->spawn<demo_talk_actor>(place, shared, std::ref(home))};
          }};
}

} // namespace chat
