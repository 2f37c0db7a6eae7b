#include "apps/chat/cluster_games.hpp"

#include <utility>

#include <caf/send.hpp>

#include "apps/chat/channel_support.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>

namespace chat {

cluster_games::cluster_games(bennu::node& home, std::shared_ptr<chat_metrics> numbers)
  : table_(std::make_shared<game_table>(home, std::move(numbers))) {}

// The actors own the table, and the table owns them.
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
