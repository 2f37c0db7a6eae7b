#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "apps/chat/database.hpp"
#include "apps/chat/database_watch.hpp"
#include "apps/chat/demo.hpp"
#include "apps/chat/game_channel.hpp"
#include "apps/chat/game_keeper.hpp"
#include "apps/chat/http_api.hpp"
#include "apps/chat/last_words.hpp"
#include "apps/chat/room_channel.hpp"
#include "apps/chat/user_channel.hpp"
#include "apps/chat/user_socket.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/transport/application.hpp>

namespace {

/// The options that the chat adds to those of every program.
struct chat_options {
  std::string database = "chat.db";
  std::string blocked_words;
  std::string page = BENNU_CHAT_PAGE;
  unsigned token_hours = 24;
  unsigned history_seconds = 300;
  bool demo = false;
};

bennu::program describe(chat_options& own) {
  using bennu::option;
  bennu::program result{
    .name = "bennu-chat",
    .about = "A chat server over Phoenix Channels, with its web page.",
    .examples = "bennu-chat --port 4000 --database chat.db",
    .options = {{"--database", own.database, "SQLite file or postgresql://…"},
                {"--blocked-words", own.blocked_words, "file of words that messages may not contain, one per line"},
                {"--page", own.page, "folder of the web page"},
                option{"--token-hours", own.token_hours, "how long a sign-in lasts"}.between(1, 8760),
                option{"--history-seconds", own.history_seconds, "how long a client that was away gets what it missed"}
                  .between(0, 86'400),
                {"--demo", own.demo, "add a few rooms in which robots talk"}},
    .secret_file = "chat.secret"};
  result.defaults.name = "chat";
  return result;
}

chat::services_ptr make_services(const std::string& secret, const chat_options& from,
                                 const std::shared_ptr<chat::database>& place) {
  return std::make_shared<chat::services>(
    [place] { return chat::make_store(place); }, chat::token_key{secret, std::chrono::hours{from.token_hours}},
    from.blocked_words.empty() ? chat::word_filter{} : chat::word_filter::from_file(from.blocked_words));
}

void add_routes(bennu::application& app, const chat::services_ptr& shared, const chat_options& own) {
  const chat::http_api api{shared};
  auto route = [api](auto function) {
    return [api, function](bennu::http_request request, bennu::http_reply reply) {
      (api.*function)(request, std::move(reply));
    };
  };
  app.route("POST", "/api/users", route(&chat::http_api::sign_up))
    .route("POST", "/api/sessions", route(&chat::http_api::sign_in))
    .route("POST", "/api/tokens", route(&chat::http_api::renew_token))
    .route("GET", "/api/rooms", route(&chat::http_api::list_rooms))
    .route("POST", "/api/rooms", route(&chat::http_api::add_room))
    .fallback(chat::web_page(own.page, api))
    .serve(
      bennu::endpoint{"/socket"}
        .serve<chat::user_socket>({.max_connections_per_id = 100}, shared) // a person's pages and devices
        .channel<chat::room_channel>("room:*", chat::room_options(std::chrono::seconds{own.history_seconds}), shared)
        .channel<chat::user_channel>("user:*", {}, shared)
        .channel<chat::game_channel>("game:*", chat::room_options(), shared));
}

void add_chat(bennu::application& app, const chat_options& own) {
  const auto place = chat::prepare_database(own.database);
  auto shared = make_services(app.secret(), own, place);
  if (app.is_in_dev_mode())
    shared->allow_faults();
  shared->topics = &app.home().topics();
  auto games = std::make_shared<chat::cluster_games>(app.home(), shared->numbers);
  shared->games = games;
  for (auto& child : shared->children())
    app.supervise(std::move(child));
  app.supervise(games->supervised());
  app.supervise(chat::database_watch(place, shared));
  if (app.home().is_clustered() && own.history_seconds > 0)
    app.supervise(
      chat::last_words(app.home(), shared, *chat::room_options(std::chrono::seconds{own.history_seconds}).history));
  if (own.demo)
    for (auto& room : chat::prepare_demo(*chat::make_store(place)))
      app.supervise(chat::demo_talk(std::move(room), shared, app.home()));
  add_routes(app, shared, own);
  const auto health = chat::health_with_database(bennu::health_of(app), place);
  for (const auto* path : {"/health", "/health/ready"}) // a balancer asks also when there is no place for clients
    app.route("GET", path, health, {.answers_when_full = true});
  app.collect({shared->numbers, &shared->numbers->registry});
}

} // namespace

int main(int count, char** arguments) {
  chat_options own;
  bennu::application app{describe(own), count, arguments};
  try {
    add_chat(app, own);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bennu-chat: %s\n", problem.what());
    return EXIT_FAILURE;
  }
  return app.run();
}
