#include "apps/chat/game_channel.hpp"

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "apps/chat/services.hpp"
#include "apps/chat/store_pool.hpp"
#include "apps/chat/text_rules.hpp"
#include "apps/chat/user_socket.hpp"
#include <bennu/actors/reply.hpp>

namespace chat {

using bennu::reply;

namespace {

// As many as a connection may have channels. Rights to further games are checked again.
constexpr size_t max_games_remembered = 100;

void give(const bennu::deferred_reply& later, const game_answer& x) {
  x.ok ? later.ok(x.body) : later.error(x.body);
}

} // namespace

game_channel::game_channel(bennu::channel_context context, services_ptr shared)
  : channel(context), shared_(std::move(shared)) {}

bennu::join_result game_channel::join(const json&) {
  auto& socket = socket_as<user_socket>();
  me_ = socket.owner();
  if (complaint_about_id(subtopic()))
    return bennu::refuse{reason("game not found")};
  if (socket.games.contains(topic())) // admitted before: the channel restarted or rejoined
    ask(game_command::kind::enter);
  else
    shared_->storage.ask_for(
      self(), [id = game_id(), me = me_.id](store& s) { return s.access(id, me); }, asker_key(me_));
  return bennu::defer_join{};
}

const bennu::event_table& game_channel::handle_in() const {
  using events = bennu::events<game_channel>;
  using kind = game_command::kind;
  static const events table = {
    {"move", [](game_channel& x, const json& in) { return x.move(in, kind::move); }},
    {"again",
     [](game_channel& x, const json&) {
       x.shared_->games->ask(x.game_id(), {kind::again, x.me_},
                             [later = x.defer()](const game_answer& answer) { give(later, answer); });
     }},
  };
  static const events table_with_faults{
    table, {{"boom", [](game_channel& x, const json& in) { return x.move(in, kind::crash); }}}};
  return shared_->dev_mode ? table_with_faults : table;
}

caf::message_handler game_channel::handle_info() {
  return {
    [this](const result<room_access>& found) { decide(found); },
    [this](const game_answer& x) { seated(x); },
  };
}

// Most games do not belong to a room.
void game_channel::decide(const result<room_access>& found) {
  if (!found && !found.is(store_failure::kind::not_found))
    return decide_join(bennu::refuse{reason("unavailable")});
  if (found && !found->may_join)
    return decide_join(bennu::refuse{reason("unauthorized")});
  if (!found && shared_->over_limit(shared_->new_games, "new_games", me_))
    return decide_join(bennu::refuse{reason("rate_limited")});
  if (auto& games = socket_as<user_socket>().games; games.size() < max_games_remembered)
    games.insert(topic());
  ask(game_command::kind::enter);
}

void game_channel::ask(game_command::kind what) {
  shared_->games->ask(game_id(), {what, me_},
                      [me = caf::actor{self()}](game_answer x) { caf::anon_send(me, std::move(x)); });
}

void game_channel::seated(const game_answer& x) {
  if (joined_) { // the client was not subscribed to changes between the first answer and now
    if (x.ok && x.body != told_)
      push("game_state", x.body);
    return;
  }
  if (!x.ok)
    return decide_join(bennu::refuse{x.body});
  joined_ = true;
  told_ = x.body;
  decide_join(bennu::accept{x.body});
  ask(game_command::kind::look);
}

reply game_channel::move(const json& in, game_command::kind what) {
  const auto cell = in.is_object() ? in.value("cell", json{}) : json{};
  if (!cell.is_number_integer() || cell < 0 || cell >= game::cells)
    return reply::error(field_errors("cell", "must be 0 to 8"));
  shared_->games->ask(game_id(), {what, me_, cell.get<int>()},
                      [later = defer()](const game_answer& x) { give(later, x); });
  return reply::none();
}

} // namespace chat
