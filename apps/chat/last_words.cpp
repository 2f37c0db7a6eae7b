#include "apps/chat/last_words.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/atom.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "apps/chat/wire_format.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/process.hpp>

namespace chat {

namespace {

using words_due = caf::atom_constant<caf::atom("wordsdue")>;

// Until then the others have told each other what they got of the lost node.
constexpr std::chrono::seconds settling_time{2};

// Longer than it takes to notice that a node is gone.
constexpr std::chrono::milliseconds look_back = std::chrono::seconds{30};

// The node that stored it may be about to announce it.
constexpr std::chrono::milliseconds in_progress = std::chrono::seconds{1};

// 30 s at a rate at which nobody can read along.
constexpr int most = 1000;

class last_words_actor : public bennu::process {
public:
  last_words_actor(caf::actor_config& config, bennu::node& home, services_ptr shared)
    : process(config), home_(home), shared_(std::move(shared)) {}

  std::string label() const override { return "last words"; }

protected:
  caf::behavior make_behavior() override {
    home_.topics().subscribe(std::string{bennu::nodes_topic}, caf::actor_cast<caf::actor>(this));
    return {
      [this](const bennu::broadcast_ptr& x) { hear(*x); },
      [this](words_due) { ask(); },
      [this](const result<std::vector<message>>& found) {
        if (found)
          announce(*found);
        else
          delayed_send(this, settling_time, words_due::value);
      },
    };
  }

private:
  void hear(const bennu::broadcast& x) {
    const auto name = x.body.value().at("node").get<std::string>();
    if (x.event == "nodeup") {
      others_.insert(name);
      return;
    }
    if (x.event != "nodedown")
      return;
    others_.erase(name);
    delayed_send(this, settling_time, words_due::value);
  }

  void ask() {
    if (!others_.empty() && *others_.begin() < home_.name())
      return;
    const auto now = unix_ms();
    shared_->storage.ask_for(
      caf::actor_cast<caf::actor>(this),
      [now](store& s) { return s.latest_messages(now - look_back.count(), now - in_progress.count(), most); },
      "last words");
  }

  // A topic keeps whatever any node broadcast on it, perhaps of another release.
  static std::optional<int64_t> id_of(const bennu::broadcast& x) {
    if (x.event != "new_message" || x.body.is_binary())
      return std::nullopt;
    const auto& body = x.body.value();
    if (!body.is_object() || !body.contains("id") || !body["id"].is_number_integer())
      return std::nullopt;
    return body["id"].get<int64_t>();
  }

  void announce(const std::vector<message>& stored) {
    std::map<std::string, std::set<int64_t>> told; // ids, by room
    for (const auto& x : stored) {
      const auto [room, is_new] = told.try_emplace(x.room_id);
      if (is_new)
        for (const auto& one : home_.topics().history("room:" + x.room_id).messages)
          if (const auto id = id_of(*one))
            room->second.insert(*id);
      if (!room->second.contains(x.id))
        announcement{home_.topics(), {x, {}, false}}; // tells it when it ends
    }
  }

  bennu::node& home_;
  const services_ptr shared_;
  std::set<std::string> others_;
};

} // namespace

bennu::child_spec last_words(bennu::node& home, const services_ptr& shared) {
  return bennu::child<last_words_actor>("last words", std::ref(home), shared);
}

} // namespace chat
