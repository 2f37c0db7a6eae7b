#include "apps/chat/last_words.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/atom.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "apps/chat/last_words_plan.hpp"
#include "apps/chat/wire_format.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/process.hpp>

namespace chat {

namespace {

using words_due = caf::atom_constant<caf::atom("wordsdue")>;

// Until then the others have told each other what they got of the lost node.
constexpr std::chrono::seconds settling_time{2};

// The node that stored it may be about to announce it.
constexpr std::chrono::milliseconds in_progress = std::chrono::seconds{1};

// Four minutes at a rate at which nobody can read along.
constexpr int most = 1000;

class last_words_actor : public bennu::process {
public:
  last_words_actor(caf::actor_config& config, bennu::node& home, services_ptr shared, bennu::history kept,
                   bool is_restarted)
    : process(config), home_(home), shared_(std::move(shared)), kept_(kept), is_restarted_(is_restarted) {}

  std::string label() const override { return "last words"; }

protected:
  caf::behavior make_behavior() override {
    home_.topics().subscribe(std::string{bennu::nodes_topic}, caf::actor_cast<caf::actor>(this));
    plan_.emplace(home_.name(), home_.connected_nodes(), kept_); // after it has subscribed
    if (is_restarted_) {
      plan_->looked_away(unix_ms());
      ask_later();
    }
    return {
      [this](const bennu::broadcast_ptr& x) { hear(*x); },
      [this](words_due) { ask(); },
      [this](const result<std::vector<message>>& found) { found ? announce(*found) : ask_later(); },
    };
  }

private:
  void ask_later() { delayed_send(this, settling_time, words_due::value); }

  void hear(const bennu::broadcast& x) {
    const auto name = x.body.value().at("node").get<std::string>();
    if (x.event == "nodeup")
      plan_->met(name);
    if (x.event != "nodedown")
      return;
    plan_->lost(name, unix_ms());
    ask_later();
  }

  void ask() {
    const auto now = unix_ms();
    const auto from = plan_->from(now);
    if (!from)
      return;
    plan_->asked();
    shared_->storage.ask_for(
      caf::actor_cast<caf::actor>(this),
      [from, now](store& s) { return s.latest_messages(*from, now - in_progress.count(), most); }, "last words");
  }

  void announce(const std::vector<message>& stored) {
    std::map<std::string, std::vector<message>> by_room;
    for (const auto& x : stored)
      by_room[x.room_id].push_back(x);
    for (const auto& [room, all] : by_room)
      for (const auto& x : plan_->missing(all, home_.topics().history("room:" + room).messages))
        announcement{home_.topics(), {x, {}, false}}; // tells it when it ends
    plan_->done();
  }

  bennu::node& home_;
  const services_ptr shared_;
  const bennu::history kept_;
  const bool is_restarted_;
  std::optional<last_words_plan> plan_;
};

} // namespace

bennu::child_spec last_words(bennu::node& home, const services_ptr& shared, const bennu::history& kept) {
  return bennu::child_spec{
    "last words",
    [&home, shared, kept](caf::event_based_actor* parent, const bennu::start_cause& cause) -> bennu::start_result {
      return caf::actor{parent->spawn<last_words_actor>(std::ref(home), shared, kept, cause.is_restart())};
    }};
}

} // namespace chat
