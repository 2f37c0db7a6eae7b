#include <bennu/supervision/tree.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <caf/actor_system.hpp>

#include "supervision/lookup/tree_reader.hpp"

namespace bennu {

using namespace engine;

namespace {

using row = std::array<std::string, 9>;

const row headings = {"ACTOR", "WHAT", "STATE", "UP", "RESTARTS", "LEFT", "MAILBOX", "LAST CRASH", "DETAIL"};

// Counts code points, because a terminal shows one column for each code point of a tree.
size_t width_of(const std::string& text) {
  auto starts_one = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), starts_one));
}

std::string age(std::chrono::milliseconds time) {
  using namespace std::chrono;
  if (time < 1s)
    return std::to_string(time.count()) + " ms";
  if (time < 2min)
    return std::to_string(duration_cast<seconds>(time).count()) + " s";
  if (time < 2h)
    return std::to_string(duration_cast<minutes>(time).count()) + " min";
  return std::to_string(duration_cast<hours>(time).count()) + " h";
}

// Replaces control characters and line breaks.
std::string printable(std::string text) {
  std::replace_if(
    text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }, ' ');
  return text;
}

row row_of(const tree_node& x, const std::string& branch, bool is_root) {
  auto name = branch + printable(x.id);
  if (x.actor == 0)
    return {name,
            "",
            to_string(x.state),
            is_root ? "" : age(x.since),
            std::to_string(x.restarts),
            std::to_string(x.restarts_left),
            "",
            printable(x.last_crash),
            ""};
  return {name + " #" + std::to_string(x.actor),
          printable(x.label),
          x.answers ? to_string(x.state) : "no answer",
          is_root ? "" : age(x.since),
          is_root ? "" : std::to_string(x.restarts),
          std::to_string(x.restarts_left),
          std::to_string(x.mailbox_depth) + " (max " + std::to_string(x.mailbox_high_water) + ")",
          printable(x.last_crash),
          printable(x.detail)};
}

void add_rows(const tree_node& x, const std::string& branch, const std::string& below, std::vector<row>& into) {
  into.push_back(row_of(x, branch, branch.empty()));
  for (size_t i = 0; i < x.children.size(); ++i) {
    const auto is_last = i + 1 == x.children.size() && x.hidden == 0;
    add_rows(x.children[i], below + (is_last ? "└─ " : "├─ "), below + (is_last ? "   " : "│  "), into);
  }
  if (x.hidden > 0)
    into.push_back({below + "└─ … " + std::to_string(x.hidden) + " more", "", "", "", "", "", "", "", ""});
}

} // namespace

void read_tree(caf::actor_system& system, const caf::actor& root, tree_options options,
               std::function<void(tree_node)> done) {
  system.spawn<tree_reader>(root, options, std::move(done));
}

std::future<tree_node> read_tree(caf::actor_system& system, const caf::actor& root, tree_options options) {
  auto promise = std::make_shared<std::promise<tree_node>>();
  auto result = promise->get_future();
  read_tree(system, root, options, [promise](tree_node x) { promise->set_value(std::move(x)); });
  return result;
}

std::string render(const tree_node& root) {
  std::vector<row> rows{headings};
  add_rows(root, "", "", rows);
  std::array<size_t, headings.size()> widths{};
  for (auto& x : rows)
    for (size_t i = 0; i < x.size(); ++i)
      widths[i] = std::max(widths[i], width_of(x[i]));
  std::string result;
  for (auto& x : rows) {
    std::string line;
    for (size_t i = 0; i < x.size(); ++i) {
      line += x[i];
      line.append(widths[i] - width_of(x[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
  }
  return result;
}

} // namespace bennu
