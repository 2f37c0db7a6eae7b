#include "apps/chat/game_keeper.hpp"

#include <utility>

#include <caf/atom.hpp>
#include <caf/send.hpp>

#include "actors/cluster/hub/hub_actor.hpp"
#include "actors/node/node_parts.hpp"
#include "apps/chat/services.hpp"
#include "apps/chat/wire_format.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace chat {

using namespace bennu::engine;

namespace {

using tidy_up = caf::atom_constant<caf::atom("tidy")>;
using attend_hub = caf::atom_constant<caf::atom("attend")>;

constexpr std::chrono::minutes tidy_interval{5};
constexpr std::chrono::minutes memory_of_a_game{30};   // longer than an unused game lives
constexpr std::chrono::milliseconds answer_time{5000}; // half of the timeout of the official client
constexpr std::chrono::milliseconds restart_time{10};
constexpr std::chrono::milliseconds hub_time{100}; // until a crashed hub runs again
constexpr size_t max_games = 10'000;

/// A question without an answer.
struct game_overdue {
  uint64_t ref;
};

/// The game ended before it handled this question.
struct game_lost {
  game_request what;
  std::chrono::steady_clock::time_point until;
};

json to_json(const game_command& x) {
  return {{"what", static_cast<int>(x.what)}, {"who", chat::to_json(x.who)}, {"cell", x.cell}};
}

caf::error moved_away() {
  return bennu::exits::shutdown("another node owns the game now");
}

game_command command_from(const json& x) {
  return {static_cast<game_command::kind>(x.at("what").get<int>()),
          {x.at("who").at("id").get<int64_t>(), x.at("who").at("name").get<std::string>()},
          x.at("cell").get<int>()};
}

} // namespace
} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::game_overdue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::game_lost)

namespace chat {

game_keeper::game_keeper(caf::actor_config& config, std::shared_ptr<game_table> table)
  : process(config), table_(std::move(table)) {
  set_down_handler([this](const caf::down_msg&) { // the hub has ended; the next one reports the nodes again
    others_.clear();
    delayed_send(this, hub_time, attend_hub::value);
  });
}

caf::behavior game_keeper::make_behavior() {
  table_->keeper.set(caf::actor_cast<caf::actor>(this));
  table_->home.topics().subscribe(games_topic, caf::actor_cast<caf::actor>(this));
  table_->names.listen(caf::actor_cast<caf::actor>(this));
  for (const auto& game : table_->running.lookup(game_table::all_games)) // an earlier keeper has lost its knowledge
    caf::anon_send(game.actor, tell_state::value);
  attend();
  delayed_send(this, tidy_interval, tidy_up::value);
  return {
    [this](const game_request& x) { find(x, clock().now() + answer_time); },
    [this](const game_lost& x) { find(x.what, x.until); },
    [this](const bennu::broadcast_ptr& x) { hear(*x); },
    [this](const bennu::engine::link_up& x) {
      others_.insert(x.who.name);
      nodes_changed();
      // Requests the states, because the node may have sent them before this keeper listened.
      table_->home.topics().direct_broadcast(x.who.name, games_topic, "tell", json{{"to", table_->home.name()}});
    },
    [this](const bennu::engine::link_down& x) {
      others_.erase(x.who.name);
      nodes_changed();
    },
    [this](const bennu::key_registered& x) { begun(x.key, x.actor); },
    [](const bennu::key_unregistered&) {},
    [this](const game_overdue& x) { asked_.erase(x.ref); },
    [this](attend_hub) { attend(); },
    [this](tidy_up) { tidy(); },
  };
}

void game_keeper::attend() {
  if (!table_->home.is_clustered())
    return;
  const auto hub = table_->home.parts().hub.get();
  if (!hub) {
    delayed_send(this, hub_time, attend_hub::value);
    return;
  }
  monitor(hub);
  caf::anon_send(hub, bennu::engine::hub_attend{caf::actor_cast<caf::actor>(this)});
}

// -- questions ----------------------------------------------------------------

void game_keeper::find(const game_request& x, clock_type::time_point until) {
  const auto owner = owner_of(x.id, nodes());
  if (owner == table_->home.name())
    return serve(x, until);
  asked_[++last_ref_] = x.open;
  delayed_send(this, until - clock().now(), game_overdue{last_ref_});
  table_->home.topics().direct_broadcast(
    owner, games_topic, "ask",
    json{{"id", x.id}, {"ref", last_ref_}, {"from", table_->home.name()}, {"command", to_json(x.what)}});
}

void game_keeper::serve(const game_request& x, clock_type::time_point until) {
  if (forward(x, until) || table_->names.count() >= max_games)
    return; // at the limit the question is dropped: "unavailable"
  request(table_->pool.get(), caf::infinite, bennu::start_child_command{bennu::make_recipe(game_child(x.id))})
    .then(
      [this, x, until](const bennu::child_started&) {
        if (!forward(x, until))
          ask_again(x, until);
      },
      [this, x, until](const caf::error&) { forward(x, until); });
}

// A request, so that CAF reports a question that was still in the mailbox when the game ended. A question that made
// the game crash was answered by the game.
bool game_keeper::forward(const game_request& x, clock_type::time_point until) {
  const auto running = table_->names.find(x.id);
  if (!running)
    return false;
  request(running, answer_time, x)
    .then([] {},
          [this, x, until](const caf::error& why) {
            if (why == caf::sec::request_receiver_down)
              ask_again(x, until);
          });
  return true;
}

// Asks again a moment later, because a game that has ended keeps its name until then.
void game_keeper::ask_again(const game_request& x, clock_type::time_point until) {
  if (clock().now() < until)
    delayed_send(this, restart_time, game_lost{x, until});
}

bennu::child_spec game_keeper::game_child(const std::string& id) const {
  game begun;
  if (const auto known = known_.find(id); known != known_.end())
    begun = game::from(known->second.state, known->second.version);
  auto record = std::make_shared<game_record>(std::move(begun));
  bennu::child_spec one{
    "game",
    [id, record, table = table_](caf::event_based_actor* parent, const bennu::start_cause&) -> bennu::start_result {
      if (table->names.find(id)) // another question or a restart has started it already
        return bennu::start_result::ignore();
      auto game = caf::actor{parent->spawn<game_actor>(id, record, std::ref(table->home.topics()), table->numbers)};
      table->running.add(game_table::all_games, game, caf::make_message(id));
      return game;
    }};
  one.restart_type = bennu::restart::transient;
  one.limit = bennu::restart_limit{5, std::chrono::seconds{5}};
  return table_->names.naming(id, std::move(one));
}

// -- messages of other nodes ---------------------------------------------------

void game_keeper::hear(const bennu::broadcast& x) {
  const auto& body = x.body.value();
  if (x.event == "state")
    hear_state(body);
  else if (x.event == "ask")
    hear_question(body);
  else if (x.event == "answer")
    hear_answer(body);
  else if (x.event == "tell")
    tell_all(body.at("to").get<std::string>());
}

void game_keeper::hear_state(const json& x) {
  const auto id = x.at("id").get<std::string>();
  const auto version = x.at("version").get<uint64_t>();
  if (version == 0) // the initial state
    return;
  auto& known = known_[id];
  known.heard = clock().now();
  if (version <= known.version)
    return;
  known.version = version;
  known.state = x.at("state");
  if (const auto running = table_->names.find(id))
    caf::anon_send(running, game_news{game::from(known.state, version)});
}

void game_keeper::hear_question(const json& x) {
  auto tell = [&topics = table_->home.topics(), from = x.at("from").get<std::string>(),
               ref = x.at("ref")](const game_answer& answer) {
    topics.direct_broadcast(from, games_topic, "answer", json{{"ref", ref}, {"ok", answer.ok}, {"body", answer.body}});
  };
  serve({x.at("id").get<std::string>(), command_from(x.at("command")),
         std::make_shared<game_question>(tell, game_answer{false, reason("unavailable")})},
        clock().now() + answer_time);
}

void game_keeper::hear_answer(const json& x) {
  const auto open = asked_.extract(x.at("ref").get<uint64_t>());
  if (!open.empty())
    open.mapped()->answer({x.at("ok").get<bool>(), x.at("body")});
}

// A game that another node owns now ends here. Its new owner asks for its state, or has received it. A game that is
// just starting is not in the list, or has no name yet: `begun` handles it later.
void game_keeper::nodes_changed() {
  for (const auto& game : table_->running.lookup(game_table::all_games))
    if (!owned_here(game.value.get_as<std::string>(0)))
      bennu::signal_exit(game.actor, moved_away());
}

// Since the decision to start the game, a node that owns it may have connected, or sent a newer state.
void game_keeper::begun(const std::string& id, const caf::actor& game) {
  if (!owned_here(id))
    return bennu::signal_exit(game, moved_away());
  if (const auto known = known_.find(id); known != known_.end())
    caf::anon_send(game, game_news{game::from(known->second.state, known->second.version)});
}

bool game_keeper::owned_here(const std::string& id) const {
  return owner_of(id, nodes()) == table_->home.name();
}

void game_keeper::tell_all(const std::string& node) {
  for (const auto& [id, known] : known_)
    table_->home.topics().direct_broadcast(node, games_topic, "state",
                                           json{{"id", id}, {"version", known.version}, {"state", known.state}});
}

std::vector<std::string> game_keeper::nodes() const {
  std::vector<std::string> all{others_.begin(), others_.end()};
  all.push_back(table_->home.name());
  return all;
}

void game_keeper::tidy() {
  const auto now = clock().now();
  std::erase_if(known_,
                [&](const auto& x) { return now - x.second.heard > memory_of_a_game && !table_->names.find(x.first); });
  delayed_send(this, tidy_interval, tidy_up::value);
}

cluster_games::cluster_games(bennu::node& home, std::shared_ptr<chat_metrics> numbers)
  : table_(std::make_shared<game_table>(home, std::move(numbers))) {}

// The actors hold the table and the table holds the actors. This breaks the cycle.
cluster_games::~cluster_games() {
  table_->keeper.set(nullptr);
  table_->pool.set(nullptr);
}

void cluster_games::ask(const std::string& id, game_command what, std::function<void(game_answer)> then) {
  auto open = std::make_shared<game_question>(std::move(then), game_answer{false, reason("unavailable")});
  if (const auto keeper = table_->keeper.get())
    caf::anon_send(keeper, game_request{id, std::move(what), std::move(open)});
}

bennu::child_spec cluster_games::supervised() const {
  bennu::dynamic_supervisor_options pool;
  pool.name = "game pool";
  pool.announce = [table = table_](const caf::actor& x) { table->pool.set(x); };
  bennu::supervisor_spec all{bennu::rest_for_one};
  all.add(bennu::dynamic_supervisor(std::move(pool)));
  all.add(bennu::child<game_keeper>("game keeper", table_));
  return all.supervised("games");
}

} // namespace chat
