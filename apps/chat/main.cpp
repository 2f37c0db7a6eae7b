#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

#include "apps/chat/cluster_games.hpp"
#include "apps/chat/demo.hpp"
#include "apps/chat/game_channel.hpp"
#include "apps/chat/http_api.hpp"
#include "apps/chat/room_channel.hpp"
#include "apps/chat/store_soci.hpp"
#include "apps/chat/user_channel.hpp"
#include "apps/chat/user_socket.hpp"
#include "apps/chat/web_page.hpp"
#include "apps/support/app_options.hpp"
#include "apps/support/application_of.hpp"
#include "apps/support/file_limit.hpp"
#include "apps/support/life.hpp"
#include "apps/support/logging.hpp"
#include "apps/support/metrics.hpp"
#include "apps/support/secret_file.hpp"
#include "apps/support/stop_signals.hpp"
#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/health.hpp>

namespace {

/// What the chat adds to the options of every program.
struct chat_options {
  std::string database = "chat.db";
  std::string blocked_words;
  std::string page = BENNU_CHAT_PAGE;
  unsigned token_hours = 24;
  bool demo = false;
};

void add_options(CLI::App& cli, chat_options& into) {
  cli.add_option("--database", into.database, "SQLite file or postgresql://…")->capture_default_str();
  cli.add_option("--blocked-words", into.blocked_words, "words that messages may not hold, one a line");
  cli.add_option("--page", into.page, "folder of the web page")->capture_default_str();
  cli.add_option("--token-hours", into.token_hours, "how long a sign-in lasts")
    ->capture_default_str()
    ->check(CLI::Range(1u, 8760u));
  cli.add_flag("--demo", into.demo, "make a few rooms with robots that talk: life at once");
}

chat::services_ptr make_services(const bennu::app_options& common, const chat_options& from,
                                 const std::shared_ptr<chat::database>& place) {
  return std::make_shared<chat::services>(
    [place] { return chat::make_store(place); },
    chat::token_key{bennu::secret_from_file(common.secret_file), std::chrono::hours{from.token_hours}},
    from.blocked_words.empty() ? chat::word_filter{} : chat::word_filter::from_file(from.blocked_words));
}

void add_routes(bennu::server& web, const chat::services_ptr& shared, const std::string& page) {
  const chat::http_api api{shared};
  auto route = [api](auto function) {
    return [api, function](bennu::http_request request, bennu::http_reply reply) {
      (api.*function)(request, std::move(reply));
    };
  };
  web.add("POST", "/api/users", route(&chat::http_api::sign_up));
  web.add("POST", "/api/sessions", route(&chat::http_api::sign_in));
  web.add("GET", "/api/rooms", route(&chat::http_api::list_rooms));
  web.add("POST", "/api/rooms", route(&chat::http_api::add_room));
  web.add_fallback(chat::web_page(page, api));
  web.add(bennu::endpoint{"/socket"}
            .serve<chat::user_socket>({}, shared)
            .channel<chat::room_channel>("room:*", {}, shared)
            .channel<chat::user_channel>("user:*", {}, shared)
            .channel<chat::game_channel>("game:*", {}, shared));
}

void add_metrics(bennu::application& app, const chat::services_ptr& shared) {
  auto numbers = std::make_shared<bennu::metrics>(app.home());
  app.web().add("GET", "/metrics", [shared, numbers](const bennu::http_request&, const bennu::http_reply& reply) {
    reply(bennu::metrics_page(numbers->text(shared->numbers->registry)));
  });
}

void serve(const bennu::app_options& common, const chat_options& own) {
  bennu::stop_signals signals; // before any thread
  bennu::raise_file_limit();
  bennu::logging log{"bennu-chat", common.log_level};
  bennu::application app{bennu::application_of(common, "chat")};
  bennu::log_follower follower{bennu::telemetry::of(app.system())};
  const auto place = chat::prepare_database(own.database);
  auto shared = make_services(common, own, place);
  shared->dev_mode = common.dev;
  shared->topics = &app.home().topics();
  auto games = std::make_shared<chat::cluster_games>(app.home(), shared->numbers);
  shared->games = games;
  for (auto& child : shared->children())
    app.supervise(std::move(child));
  app.supervise(games->supervised());
  if (own.demo)
    for (auto& room : chat::prepare_demo(*chat::make_store(place)))
      app.supervise(chat::demo_talk(std::move(room), shared, app.home()));
  add_routes(app.web(), shared, own.page);
  app.web().add("GET", "/health", bennu::health_of(app));
  add_metrics(app, shared);
  app.start();
  bennu::live_until_stopped(signals, common, app);
  app.stop();
}

} // namespace

int main(int count, char** arguments) {
  bennu::app_options common;
  common.secret_file = "chat.secret";
  chat_options own;
  bennu::command_line line{"bennu-chat", "A chat server over Phoenix Channels, with its web page.",
                           "bennu-chat --port 4000 --database chat.db", common};
  add_options(line.cli(), own);
  if (auto status = line.parse(count, arguments))
    return static_cast<int>(*status);
  try {
    serve(common, own);
    return static_cast<int>(bennu::exit_code::success);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bennu-chat: %s\n", problem.what());
    return static_cast<int>(bennu::exit_code::failure);
  }
}
