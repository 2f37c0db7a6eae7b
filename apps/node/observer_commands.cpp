#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "apps/node/commands.hpp"
#include "apps/node/control_client.hpp"
#include "apps/node/screens.hpp"

namespace bennu::node_program {

namespace {

using nlohmann::json;

/// What the commands are told.
struct watch_options {
  std::string control;
  std::string node;
  std::string who;
  std::string prefix;
  std::string sort = "name";
  bool is_once = false;
  bool is_json = false;
  size_t limit = 20;
  size_t events = 0;
};

/// A node that is asked for the views of its observer.
class observed_node {
public:
  explicit observed_node(const watch_options& x) : options_(x), client_(x.control) {}

  json ask(const char* view, json params = json::object()) {
    if (!options_.node.empty())
      params["node"] = options_.node;
    return client_.ask({{"do", "ask"}, {"view", view}, {"params", std::move(params)}});
  }

private:
  const watch_options& options_;
  control_client client_;
};

void say(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void say_json(const json& x) {
  say(x.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

/// Reads single keys without echo as long as it lives, and the signals that would end the program.
class keyboard {
public:
  keyboard() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int x : {SIGINT, SIGTERM, SIGHUP})
      sigaddset(&wanted, x);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    signals_ = ::signalfd(-1, &wanted, SFD_CLOEXEC);
    has_terminal_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!has_terminal_)
      return;
    auto raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  ~keyboard() {
    if (has_terminal_)
      ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    ::close(signals_);
  }
  keyboard(const keyboard&) = delete;
  keyboard& operator=(const keyboard&) = delete;

  /// Waits for a time. @returns false when the user wants to end: q, or a signal.
  bool goes_on(int ms) const {
    pollfd inputs[2] = {{signals_, POLLIN, 0}, {has_terminal_ ? STDIN_FILENO : -1, POLLIN, 0}};
    if (::poll(inputs, 2, ms) <= 0)
      return true;
    char key = 'q';
    if (inputs[0].revents == 0 && ::read(STDIN_FILENO, &key, 1) != 1)
      return false;
    return inputs[0].revents == 0 && key != 'q';
  }

private:
  int signals_ = -1;
  termios before_{};
  bool has_terminal_ = false;
};

int top(const watch_options& options) {
  observed_node node{options};
  const auto look = [&] {
    return std::pair{node.ask("overview"),
                     node.ask("connections", {{"sort", "outbox"}, {"descending", true}, {"limit", options.limit}})};
  };
  const bool is_live = !options.is_once && ::isatty(STDOUT_FILENO) == 1;
  if (!is_live) {
    const auto [overview, connections] = look();
    if (options.is_json)
      say_json({{"overview", overview}, {"connections", connections}});
    else
      say(overview_screen(overview, connections));
    return 0;
  }
  const keyboard keys;
  say("\x1b[?1049h"); // the other screen: what stood in the terminal comes back afterwards
  const std::shared_ptr<void> back{nullptr, [](void*) { say("\x1b[?1049l"); }};
  do {
    const auto [overview, connections] = look();
    say("\x1b[H\x1b[2J" + (options.is_json ? overview.dump(2) + "\n" : overview_screen(overview, connections))
        + "\nq ends\n");
  } while (keys.goes_on(1000));
  return 0;
}

// One question for each supervisor, so that only what is shown travels.
void show_level(observed_node& node, const watch_options& options, const json& path, size_t depth,
                std::vector<std::vector<std::string>>& rows, json& all) {
  const auto level = node.ask("tree", {{"path", path}, {"limit", options.limit}});
  if (depth == 0)
    rows.push_back(tree_row(level.at("node"), 0));
  all = level.at("node");
  all["children"] = json::array();
  const auto& children = level.at("children");
  for (const auto& child : children.at("rows")) {
    rows.push_back(tree_row(child, depth + 1));
    auto below = child;
    if (child.value("type", "") == "supervisor" && !child.at("actor").is_null()) {
      auto further = path;
      further.push_back(child.at("id"));
      show_level(node, options, further, depth + 1, rows, below);
    }
    all["children"].push_back(std::move(below));
  }
  const auto total = children.value("total", size_t{0}), shown = children.at("rows").size();
  all["hidden"] = total - std::min(total, shown);
  if (total > shown)
    rows.push_back({std::string(depth * 2 + 2, ' ') + std::to_string(total - shown) + " more"});
}

int show_tree(const watch_options& options) {
  observed_node node{options};
  std::vector<std::vector<std::string>> rows{tree_headings()};
  json all;
  show_level(node, options, json::array(), 0, rows, all);
  if (options.is_json)
    say_json(all);
  else
    say(table(rows));
  return 0;
}

bool is_number(const std::string& x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

json details_of(observed_node& node, const std::string& who) {
  auto result = json::array();
  if (is_number(who)) {
    try {
      result.push_back(node.ask("connection", {{"id", who}}));
    } catch (const refused_by_node& problem) {
      if (problem.status != 404)
        throw;
    }
    return result;
  }
  const auto living = node.ask("connections", {{"search", who}, {"limit", 5}});
  for (const auto& row : living.at("rows")) {
    try {
      result.push_back(node.ask("connection", {{"id", row.at("id")}}));
    } catch (const refused_by_node&) {
      continue; // it has ended meanwhile
    }
  }
  return result;
}

int why(const watch_options& options) {
  observed_node node{options};
  const auto living = details_of(node, options.who);
  const auto ended =
    living.empty() ? node.ask("ended", {{"search", options.who}, {"limit", 5}}).at("rows") : json::array();
  if (options.is_json)
    say_json({{"living", living}, {"ended", ended}});
  else
    for (const auto& x : living)
      say(connection_text(x));
  if (!options.is_json)
    for (const auto& x : ended)
      say(ended_text(x));
  if (!living.empty() || !ended.empty())
    return 0;
  std::fprintf(stderr,
               "bennu-node why: no open connection has the socket id, number or address \"%s\", "
               "nor has one of the last thousand that ended\n",
               options.who.c_str());
  return 1;
}

int topics(const watch_options& options) {
  observed_node node{options};
  const auto page = node.ask("topics", {{"search", options.prefix},
                                        {"sort", options.sort},
                                        {"descending", options.sort == "subscribers"},
                                        {"limit", options.limit}});
  if (options.is_json)
    say_json(page);
  else
    say(topics_text(page));
  return 0;
}

int trace(const watch_options& options) {
  observed_node node{options};
  const keyboard keys;
  auto last = node.ask("events", {{"prefix", options.prefix}}).value("last", uint64_t{0});
  size_t shown = 0;
  do {
    const auto more = node.ask("events", {{"after", last}, {"prefix", options.prefix}});
    last = more.value("last", last);
    for (const auto& x : more.at("events")) {
      if (options.is_json)
        say_json(x);
      else
        say(event_line(x));
      if (++shown == options.events)
        return 0;
    }
  } while (keys.goes_on(250));
  return 0;
}

using command = int (*)(const watch_options&);

int run_command(const char* name, command run, const watch_options& options) {
  try {
    return run(options);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bennu-node %s: %s\n", name, problem.what());
    return 1;
  }
}

} // namespace

void add_observer_commands(CLI::App& cli, std::function<int()>& run) {
  const auto add = [&](const char* name, const char* help, command how) {
    const auto options = std::make_shared<watch_options>();
    auto* result = cli.add_subcommand(name, help);
    result->add_option("--control", options->control, "path of the node's --control socket")->required();
    result->add_option("--of", options->node, "another node of its cluster, which answers instead");
    result->add_flag("--json", options->is_json, "prints the values as JSON, one per line");
    result->callback([&run, options, name, how] { run = [=] { return run_command(name, how, *options); }; });
    return std::pair{result, options};
  };
  const auto limit = [](auto& of, const char* help) {
    of.first->add_option("--limit", of.second->limit, help)->check(CLI::Range(1, 200))->capture_default_str();
  };
  auto of_top = add("top", "Shows what a node does, anew each second; q ends.", top);
  of_top.first->add_flag("--once", of_top.second->is_once, "prints one screen and ends");
  limit(of_top, "how many connections");
  auto of_tree = add("tree", "Shows the supervision tree of a node.", show_tree);
  limit(of_tree, "how many children of each supervisor");
  auto of_why = add("why", "Tells what a connection waits for, or why it has ended.", why);
  of_why.first->add_option("who", of_why.second->who, "socket id, number of a connection, or address of a client")
    ->required();
  auto of_topics = add("topics", "Lists the topics of a node with the number of their subscribers.", topics);
  of_topics.first->add_option("search", of_topics.second->prefix, "a part of the topic");
  of_topics.first->add_option("--sort", of_topics.second->sort, "name or subscribers")
    ->check(CLI::IsMember({"name", "subscribers"}))
    ->capture_default_str();
  limit(of_topics, "how many topics");
  auto of_trace = add("trace", "Prints the telemetry events of a node as they happen; q ends.", trace);
  of_trace.first->add_option("prefix", of_trace.second->prefix, "the beginning of the events' names");
  of_trace.first->add_option("--events", of_trace.second->events, "ends after this many events; 0: never ends")
    ->capture_default_str();
}

} // namespace bennu::node_program
