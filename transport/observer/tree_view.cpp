#include <algorithm>
#include <chrono>
#include <memory>
#include <typeinfo>
#include <utility>

#include <caf/atom.hpp>

#include "supervision/process/crash_report.hpp"
#include "supervision/process/questions.hpp"
#include "transport/observer/event_log.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/page_of_rows.hpp"
#include "transport/observer/tree_walk.hpp"
#include "transport/observer/views.hpp"

namespace bennu::engine {

namespace {

nlohmann::json or_null(bool is_there, nlohmann::json x) {
  return is_there ? std::move(x) : nlohmann::json{};
}

// What its supervisor knows of a child, and what can be seen of its actor from outside.
nlohmann::json node_of(const child_info& x, std::chrono::steady_clock::time_point now) {
  using std::chrono::duration_cast, std::chrono::milliseconds;
  nlohmann::json result{
    {"id", shown_text(x.id)},
    {"label", ""},
    {"actor", or_null(bool{x.actor}, x.actor ? x.actor.id() : 0)},
    {"type", x.type == child_type::supervisor ? "supervisor" : "worker"},
    {"strategy", nullptr},
    {"state", to_string(x.state)},
    {"answers", true},
    {"since_ms", duration_cast<milliseconds>(now - x.since).count()},
    {"restarts", x.restarts},
    {"restarts_left", x.restarts_left},
    {"mailbox", {{"depth", 0}, {"high_water", 0}}},
    {"memory_bytes", nullptr},
    {"last_crash", or_null(!x.last_crash.empty(), shown_text(x.last_crash))},
    {"detail", ""},
    {"children", 0},
  };
  if (!x.actor)
    return result;
  auto* actor = caf::actor_cast<caf::abstract_actor*>(x.actor);
  result["label"] = shown_text(type_label(typeid(*actor)));
  if (const auto* ours = dynamic_cast<const process*>(actor)) {
    result["mailbox"] = {{"depth", ours->mailbox_depth()}, {"high_water", ours->mailbox_high_water()}};
    result["detail"] = shown_text(ours->detail());
  }
  return result;
}

/// The view under way: the answer is given when every actor on the page has answered, or its patience is over.
struct tree_answer {
  explicit tree_answer(inquiry& x) : by(x) {}
  inquiry& by;
  nlohmann::json path = nlohmann::json::array();
  nlohmann::json node;
  size_t total = 0, matches = 0;
  std::vector<nlohmann::json> rows;
  size_t open = 1;

  void answered() {
    if (--open > 0)
      return;
    by.answer(
      {{"path", std::move(path)}, {"node", std::move(node)}, {"children", page_json(total, matches, std::move(rows))}});
  }
};

using tree_answer_ptr = std::shared_ptr<tree_answer>;

// What an actor holds, as far as it tells (`process::memory`); null stays when it does not.
void ask_memory_of(const tree_answer_ptr& all, const caf::actor& whom, nlohmann::json& at) {
  if (dynamic_cast<const process*>(caf::actor_cast<caf::abstract_actor*>(whom)) == nullptr)
    return;
  ++all->open;
  all->by.request(whom, inquiry::patience, ask_memory{})
    .then(
      [all, &at](size_t bytes) {
        if (bytes > 0)
          at["memory_bytes"] = bytes;
        all->answered();
      },
      [all](const caf::error&) { all->answered(); });
}

// Asks an actor for what only it knows. `at` is a part of the answer, which does not move meanwhile.
void ask_further(const tree_answer_ptr& all, const child_info& x, nlohmann::json& at, bool is_root) {
  if (!x.actor)
    return;
  const auto failed = [all, &at](const caf::error& why) {
    if (why == caf::sec::request_timeout)
      at["answers"] = false;
    all->answered();
  };
  auto& by = all->by;
  ask_memory_of(all, x.actor, at);
  if (x.type != child_type::supervisor) {
    ++all->open;
    by.request(x.actor, inquiry::patience, caf::sys_atom::value, caf::get_atom::value, std::string{"info"})
      .then(
        [all](caf::ok_atom, const std::string&, const caf::strong_actor_ptr&, const std::string&) { all->answered(); },
        failed);
    return;
  }
  all->open += 2;
  by.request(x.actor, inquiry::patience, get_supervisor_command{})
    .then(
      [all, &at, is_root](const supervisor_info& info) {
        at["label"] = shown_text(info.name);
        at["strategy"] = info.is_dynamic ? "dynamic" : to_string(info.how);
        if (is_root) {
          at["id"] = at["label"];
          at["restarts_left"] = info.restarts_left;
        }
        all->answered();
      },
      failed);
  by.request(x.actor, inquiry::patience, list_children_command{.limit = 0})
    .then(
      [all, &at](const children_part& none) {
        at["children"] = none.total;
        all->answered();
      },
      failed);
}

bool matches(const seen_child& x, const std::string& search) {
  return contains_text(x.id, search) || contains_text(x.last_crash, search)
         || (x.actor != 0 && std::to_string(x.actor) == search);
}

void show_children(const tree_answer_ptr& all, const found_children& children) {
  all->total = children.total;
  all->matches = children.matches;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& x : children.rows)
    all->rows.push_back(node_of(x, now));
  for (size_t i = 0; i < children.rows.size(); ++i)
    ask_further(all, children.rows[i], all->rows[i], false);
  all->answered();
}

} // namespace

void show_tree(inquiry& by) {
  auto path = read_path(by.params());
  const auto page = page_query::read(by.params(), {""});
  const auto all = std::make_shared<tree_answer>(by);
  for (const auto& x : path)
    all->path.push_back(shown_text(x));
  find_supervisor(by, std::move(path), [all, page](const found_supervisor& at) {
    all->node = node_of(at.as_child, std::chrono::steady_clock::now());
    if (at.is_root)
      all->node["since_ms"] = unix_ms() - all->by.from().started_ms;
    ask_further(all, at.as_child, all->node, at.is_root);
    list_children_command rows;
    rows.skip = page.offset;
    rows.limit = page.limit;
    if (!page.search.empty())
      rows.matches = [search = page.search](const seen_child& x) { return matches(x, search); };
    list_children(all->by, at.actor, std::move(rows), false,
                  [all](const found_children& children) { show_children(all, children); });
  });
}

namespace {

nlohmann::json story_json(const crash_story& x) {
  auto stack = nlohmann::json::array();
  constexpr std::string_view between = " < ";
  for (std::string_view rest = x.trace; !rest.empty();) {
    const auto end = std::min(rest.find(between), rest.size());
    stack.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + between.size(), rest.size()));
  }
  return {
    {"text", x.text}, {"label", x.label}, {"stack", std::move(stack)}, {"last_message", x.message}, {"at_ms", x.at_ms}};
}

} // namespace

void show_crash(inquiry& by) {
  find_actor(by, param_reader{by.params()}.required_number("actor"), [&by](const found_child& x) {
    ask_supervisor<supervisor_info>(
      by, x.supervisor, get_supervisor_command{}, [&by, child = x.child](const supervisor_info& of) {
        const auto story = by.from().events->last_crash(of.name, child.id, child.last_crash);
        by.answer(story ? story_json(*story) : nlohmann::json{});
      });
  });
}

} // namespace bennu::engine
