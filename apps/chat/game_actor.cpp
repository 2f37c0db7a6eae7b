#include "apps/chat/game_actor.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/chat/services.hpp"

namespace chat {

namespace {

using forgotten = caf::atom_constant<caf::atom("forgotten")>;
constexpr std::chrono::minutes patience{10};

game_answer answer_of(std::optional<const char*> refusal) {
  return refusal ? game_answer{false, reason(*refusal)} : game_answer{true, json::object()};
}

game_answer play(game& on, const game_command& x) {
  switch (x.what) {
    case game_command::kind::enter:
      on.enter(x.who);
      return {true, on.state()};
    case game_command::kind::look:
      return {true, on.state()};
    case game_command::kind::move:
      return answer_of(on.move(x.who, x.cell));
    case game_command::kind::again:
      return answer_of(on.play_again(x.who));
    case game_command::kind::crash:
      on.move(x.who, x.cell);
      throw std::runtime_error("boom, as it was asked to");
  }
  throw std::logic_error("a game takes enter, look, move, again and crash");
}

} // namespace

game_actor::game_actor(caf::actor_config& config, std::string id, game_record_ptr record, bennu::pubsub& topics,
                       std::shared_ptr<chat_metrics> numbers)
  : process(config), id_(std::move(id)), record_(std::move(record)), topics_(topics), numbers_(std::move(numbers)) {
  numbers_->games.Increment();
}

void game_actor::on_exit() {
  numbers_->games.Decrement();
}

caf::behavior game_actor::make_behavior() {
  delayed_send(this, patience, forgotten::value);
  return {
    [this](const game_request& x) { handle(x); },
    [this](const game_news& x) {
      if (x.newer.version() > record_->get().version())
        keep(x.newer);
    },
    [this](tell_state) { tell_nodes(record_->get()); },
    [this](forgotten) {
      if (!std::exchange(touched_, false))
        return quit();
      delayed_send(this, patience, forgotten::value);
    },
  };
}

void game_actor::handle(const game_request& x) {
  touched_ = true;
  auto next = record_->get();
  const auto before = next.version();
  game_answer answer;
  try {
    answer = play(next, x.what);
  } catch (...) {
    x.open->answer({false, reason("crashed")});
    throw;
  }
  if (next.version() != before)
    keep(next);
  x.open->answer(std::move(answer));
}

void game_actor::keep(const game& next) {
  record_->set(next);
  topics_.broadcast("game:" + id_, "game_state", next.state());
  tell_nodes(next);
}

void game_actor::tell_nodes(const game& now) const {
  topics_.broadcast(games_topic, "state", json{{"id", id_}, {"version", now.version()}, {"state", now.state()}});
}

} // namespace chat
